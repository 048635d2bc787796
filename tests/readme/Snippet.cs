namespace ConvNet.Readme.Tests;

/// <summary>A block of C# on a page.</summary>
/// <param name="Page">The page's name.</param>
/// <param name="Title">The heading that it stands under.</param>
/// <param name="Promised">What the page says that it prints.</param>
/// <param name="Run">The block itself.</param>
internal sealed record Snippet(string Page, string Title, string Promised, Action Run);
