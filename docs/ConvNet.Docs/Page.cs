namespace ConvNet.Docs;

/// <summary>One page of the site.</summary>
/// <param name="File">Where it goes, relative to the site, with slashes.</param>
/// <param name="Title">Its title.</param>
/// <param name="Group">What it stands under in the list of pages.</param>
/// <param name="Body">Its HTML.</param>
internal sealed record Page(string File, string Title, string Group, string Body);
