using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;
using System.Reflection;

namespace ConvNet.Scripts.Tests;

/// <summary>
/// Runs build.ps1 with tools that only write down how they were called. The engine comes without the commands for
/// files, so those that the script uses are given here.
/// </summary>
internal static class BuildScript
{
    private const string StandIns = """
        $ErrorActionPreference = 'Stop'
        $global:calls = [Collections.Generic.List[string]]::new()
        foreach ($tool in 'cmake', 'ctest', 'dotnet', 'clang-format', 'bash') {
            . ([ScriptBlock]::Create("function global:$tool {
                `$global:calls.Add('$tool ' + (`$args -join ' ')); `$global:LASTEXITCODE = [int](`$failing -eq '$tool') }"))
        }
        function global:Set-Location($path) { }
        function global:Join-Path($folder, $name) { [IO.Path]::Combine($folder, $name) }
        function global:Write-Output($value) { $value }
        function global:Get-Content($path, [switch] $Raw) { [IO.File]::ReadAllText($path) }
        function global:Remove-Item($path, [switch] $Recurse, [switch] $Force, $ErrorAction) {
            $global:calls.Add("remove $path")
        }
        function global:Get-ChildItem([string[]] $path, [switch] $Recurse, [string[]] $Include, $ErrorAction) {
            foreach ($one in $path) {
                if ($Include) { [IO.FileInfo]::new([IO.Path]::Combine($root, "$one/a.cpp")); continue }
                $folder = if ([IO.Path]::IsPathRooted($one)) { [IO.Path]::GetDirectoryName($one) } else { $root }
                if (-not [IO.Directory]::Exists($folder)) { continue }
                if ($one -eq 'tests/*/*.csproj') {
                    [IO.Directory]::GetFiles("$root/tests", '*.csproj', 'AllDirectories') | ForEach-Object { [IO.FileInfo]::new($_) }
                }
                else {
                    [IO.Directory]::GetFiles($folder, [IO.Path]::GetFileName($one)) | ForEach-Object { [IO.FileInfo]::new($_) }
                }
            }
        }
        """;

    public static string Root { get; } = typeof(BuildScript).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .First(attribute => attribute.Key == "RepositoryRoot").Value!;

    /// <summary>The script as PowerShell understands it.</summary>
    public static ScriptBlockAst Parse(out ParseError[] errors) =>
        Parser.ParseFile(Path.Combine(Root, "build.ps1"), out _, out errors);

    /// <summary>What the script did.</summary>
    /// <param name="Calls">Each call of a tool with its arguments.</param>
    /// <param name="Output">What it printed.</param>
    /// <param name="Error">Why it stopped, or null.</param>
    public sealed record Outcome(IReadOnlyList<string> Calls, IReadOnlyList<string> Output, string? Error);

    /// <summary>Runs it.</summary>
    /// <param name="words">What stands behind its name on the command line.</param>
    /// <param name="windows">As it goes on Windows: without the part that hands over to build.sh elsewhere.</param>
    /// <param name="failing">A tool that fails.</param>
    /// <param name="folder">The folder that the script takes for its own.</param>
    public static Outcome Run(string[] words, bool windows = true, string? failing = null, string? folder = null)
    {
        using Runspace runspace = RunspaceFactory.CreateRunspace(InitialSessionState.CreateDefault2());
        runspace.Open();
        runspace.SessionStateProxy.SetVariable("root", folder ?? Root);
        runspace.SessionStateProxy.SetVariable("failing", failing);
        Invoke(runspace, StandIns, []);
        string? error = null;
        IReadOnlyList<string> output = [];
        try
        {
            output = [.. Invoke(runspace, Text(windows, folder ?? Root), words).Select(item => item.ToString())];
        }
        catch (RuntimeException exception)
        {
            error = exception.Message;
        }

        var calls = (List<string>)runspace.SessionStateProxy.GetVariable("calls");
        return new Outcome([.. calls], output, error);
    }

    private static ICollection<PSObject> Invoke(Runspace runspace, string script, string[] words)
    {
        using var shell = PowerShell.Create(runspace);
        shell.AddScript(script, useLocalScope: false);
        foreach (string word in words)
        {
            shell.AddArgument(word);
        }

        return shell.Invoke();
    }

    // A script that is run as text knows no folder of its own and would end this process by `exit`.
    private static string Text(bool windows, string folder)
    {
        ScriptBlockAst script = Parse(out _);
        string text = script.Extent.Text;
        if (windows)
        {
            StatementAst handOver = script.EndBlock.Statements.Single(statement =>
                statement is IfStatementAst && statement.Extent.Text.Contains("build.sh", StringComparison.Ordinal));
            text = text.Replace(handOver.Extent.Text, "", StringComparison.Ordinal);
        }

        return text.Replace("$PSScriptRoot", $"'{folder}'", StringComparison.Ordinal)
            .Replace("exit $LASTEXITCODE", "return", StringComparison.Ordinal)
            .Replace("exit 1", "throw 'exit 1'", StringComparison.Ordinal);
    }
}
