using System.Management.Automation.Language;
using System.Text.RegularExpressions;
using NUnit.Framework;

namespace ConvNet.Scripts.Tests;

/// <summary>build.ps1 does on Windows what build.sh does elsewhere.</summary>
public sealed class BuildScriptTests
{
    private static readonly string[] Build =
    [
        "cmake --preset release -DCMAKE_C_COMPILER=gcc -DCMAKE_CXX_COMPILER=g++",
        "cmake --build artifacts/cmake/release",
        "dotnet build ConvNet.sln --configuration Release",
    ];

    [Test]
    public void It_is_PowerShell()
    {
        BuildScript.Parse(out ParseError[] errors);
        Assert.That(errors, Is.Empty);
    }

    [Test]
    public void It_knows_every_word_of_build_sh()
    {
        string help = File.ReadAllText(Path.Combine(BuildScript.Root, "build.sh"));
        IEnumerable<string> words = Regex.Matches(help, "^  ([a-z]+)  ", RegexOptions.Multiline)
            .Select(match => match.Groups[1].Value).Distinct();
        Assert.That(words, Is.SupersetOf(["build", "test", "pack"]));
        foreach (string word in words)
        {
            Assert.That(BuildScript.Run([word]).Error ?? "", Does.Not.Contain("unknown word"), word);
        }
    }

    [Test]
    public void Build_compiles_native_code_first() =>
        Assert.That(BuildScript.Run(["build"]).Calls, Is.EqualTo(Build));

    [Test]
    public void A_tool_that_fails_ends_it_with_its_name()
    {
        BuildScript.Outcome outcome = BuildScript.Run(["build"], failing: "cmake");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(outcome.Calls, Is.EqualTo([Build[0]]));
            Assert.That(outcome.Error, Does.Contain("cmake failed with exit code 1"));
        }
    }

    [Test]
    public void Programs_get_the_rest_of_the_line()
    {
        Assert.That(BuildScript.Run(["bench", "cpu", "--quick"]).Calls[^1],
            Is.EqualTo("dotnet run --no-build --configuration Release --project bench/ConvNet.Bench -- cpu --quick"));
    }

    [Test]
    public void Test_runs_every_project_of_tests_and_no_result_is_a_failure()
    {
        BuildScript.Outcome outcome = BuildScript.Run(["test"]);
        string[] projects = Directory.GetFiles(Path.Combine(BuildScript.Root, "tests"), "*.csproj", SearchOption.AllDirectories);
        foreach (string project in projects)
        {
            Assert.That(outcome.Calls, Has.Some.StartsWith($"dotnet test {project} --no-build"));
        }
    }

    [TestCase(3, 1, 5, 2, "5 passed, 3 failed", "exit 1")]
    [TestCase(3, 0, 5, 0, "8 passed, 0 failed", null)]
    public void Test_adds_up_what_the_tests_left(int run, int failures, int passed, int failed, string line, string? error)
    {
        string folder = Directory.CreateTempSubdirectory("convnet-scripts-").FullName;
        try
        {
            string native = Directory.CreateDirectory(Path.Combine(folder, "artifacts/test-results/native")).FullName;
            string managed = Directory.CreateDirectory(Path.Combine(folder, "artifacts/test-results/managed")).FullName;
            Directory.CreateDirectory(Path.Combine(folder, "tests"));
            string cases = string.Concat(Enumerable.Repeat("<testcase result=\"completed\" />", run));
            File.WriteAllText(Path.Combine(native, "a.xml"),
                $"<testsuites failures=\"{failures}\"><testsuite>{cases}<testcase result=\"skipped\" /></testsuite></testsuites>");
            File.WriteAllText(Path.Combine(managed, "b.trx"),
                $"<TestRun><ResultSummary><Counters passed=\"{passed - failed}\" failed=\"{failed}\" error=\"0\" timeout=\"0\" aborted=\"0\" /></ResultSummary></TestRun>");
            BuildScript.Outcome outcome = BuildScript.Run(["test"], folder: folder);
            using (Assert.EnterMultipleScope())
            {
                Assert.That(outcome.Error, Is.EqualTo(error));
                if (error is null)
                {
                    Assert.That(outcome.Output[^1], Is.EqualTo(line));
                }
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [TestCase("format", "-i ")]
    [TestCase("format --check", "--dry-run --Werror ")]
    public void Format_formats_or_checks(string words, string options)
    {
        IReadOnlyList<string> calls = BuildScript.Run(words.Split(' ')).Calls;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(calls[0], Does.StartWith($"clang-format {options}"));
            Assert.That(calls[^1].Contains("--verify-no-changes", StringComparison.Ordinal), Is.EqualTo(options != "-i "));
        }
    }

    [TestCase("pack --twice")]
    [TestCase("cross")]
    [TestCase("consumers")]
    public void What_needs_Linux_says_so(string words) =>
        Assert.That(BuildScript.Run(words.Split(' ')).Error, Does.EndWith($"in WSL run: ./build.sh {words}"));

    [Test]
    public void An_unknown_word_is_an_error() =>
        Assert.That(BuildScript.Run(["bulid"]).Error, Does.Contain("unknown word: bulid"));

    [Test]
    public void Elsewhere_build_sh_does_it() =>
        Assert.That(BuildScript.Run(["test", "--flag"], windows: false).Calls, Is.EqualTo(["bash ./build.sh test --flag"]));
}
