using System.Diagnostics;

namespace ConvNet.Tests;

/// <summary>Runs a task of Program.cs in a process of its own.</summary>
internal static class Child
{
    public static string Run(string task, string? nativePath, string? folder = null,
        Dictionary<string, string>? environment = null)
    {
        string program = typeof(Child).Assembly.Location;
        if (folder is not null)
        {
            program = Path.Combine(folder, Path.GetFileName(program));
        }

        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add("exec");
        start.ArgumentList.Add(program);
        start.ArgumentList.Add(task);
        start.Environment["CONVNET_NATIVE_PATH"] = nativePath;
        foreach ((string name, string value) in environment ?? [])
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? output
            : throw new InvalidOperationException($"The child process ended with {process.ExitCode}: {output} {error.Result}");
    }
}
