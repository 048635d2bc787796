using System.Runtime.InteropServices;
using ConvNet.Interop;
using ConvNet.Loading;
using NUnit.Framework;

namespace ConvNet.Tests;

/// <summary>The native library is found where it should be, and when it cannot be loaded one message says all.</summary>
public sealed class LoaderTests
{
    private static readonly Machine Here = Machine.Current;

    private string _folder = null!;

    // The very file that this process uses already, so that the tests leave no second copy in it.
    private static string GoodLibrary => NativeLoader.Report.LoadedPath!;

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("convnet-loader-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void The_machine_is_described()
    {
        Assert.That(Here.RuntimeIdentifier,
            Is.EqualTo(RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "linux-arm64" : "linux-x64"));
        Assert.That(Here.GlibcVersion, Does.Match("^2\\.[0-9]+$"));
        Assert.That(Here.LibraryFileName, Is.EqualTo("libconvnet.so"));
    }

    [TestCase("libconvnet.so")]
    [TestCase("runtimes/RID/native/libconvnet.so")]
    public void The_folder_of_the_application_is_searched(string place)
    {
        string file = Path.Combine(_folder, place.Replace("RID", Here.RuntimeIdentifier, StringComparison.Ordinal));
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.CreateSymbolicLink(file, GoodLibrary);
        LoadReport report = Load(new LoadPlan(Here, null, [_folder]));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(report.LoadedPath, Is.EqualTo(file));
            Assert.That(report.FoundAbi, Is.EqualTo(report.WantedAbi));
            Assert.That(report.MissingDependency, Is.Null);
        }
    }

    [Test]
    public void Folders_are_searched_in_order()
    {
        string[] folders = ["first", "second"];
        var plan = new LoadPlan(Here, null, folders);
        string[] expected =
        [
            "first/libconvnet.so", $"first/runtimes/{Here.RuntimeIdentifier}/native/libconvnet.so",
            "second/libconvnet.so", $"second/runtimes/{Here.RuntimeIdentifier}/native/libconvnet.so",
        ];
        Assert.That(plan.Files(), Is.EqualTo(expected));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void The_environment_variable_names_a_file_or_a_folder(bool file)
    {
        File.CreateSymbolicLink(Path.Combine(_folder, "libconvnet.so"), GoodLibrary);
        string path = file ? Path.Combine(_folder, "libconvnet.so") : _folder;
        Assert.That(Load(new LoadPlan(Here, path, [])).LoadedPath, Is.EqualTo(Path.Combine(_folder, "libconvnet.so")));
    }

    [Test]
    public void What_the_environment_variable_names_is_all_that_is_tried()
    {
        string path = Path.Combine(_folder, "none.so");
        LoadReport report = Load(new LoadPlan(Here, path, [Path.GetDirectoryName(GoodLibrary)!]));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(report.LoadedPath, Is.Null);
            Assert.That(report.Attempts.Select(attempt => attempt.Path), Is.EqualTo(new[] { path }));
            Assert.That(report.Remedy, Does.StartWith("unset CONVNET_NATIVE_PATH"));
            Assert.That(report.MissingDependency, Is.Null, "the file itself is missing, not what it needs");
        }
    }

    [Test]
    public void A_missing_library_is_described_in_full()
    {
        string[] folders = [Path.Combine(_folder, "app"), Path.Combine(_folder, "lib")];
        LoadReport report = Load(new LoadPlan(Here, null, folders, AskSystem: false));
        var exception = new ConvNetLoadException(report);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(exception, Is.InstanceOf<DllNotFoundException>());
            Assert.That(exception.WantedAbi, Is.EqualTo($"{Constants.CN_ABI_VERSION_MAJOR}.{Constants.CN_ABI_VERSION_MINOR}"));
            Assert.That(exception.FoundAbi, Is.Null);
            Assert.That(exception.RuntimeIdentifier, Is.EqualTo(Here.RuntimeIdentifier));
            Assert.That(exception.GlibcVersion, Is.EqualTo(Here.GlibcVersion));
            Assert.That(exception.PathsTried, Is.EqualTo(report.Plan.Files()));
            Assert.That(exception.Remedy, Does.StartWith($"dotnet add package ConvNet.Native.{Here.RuntimeIdentifier} --version "));
            foreach (string part in (string[])[.. report.Plan.Files(), "No such file", Here.RuntimeIdentifier, Here.GlibcVersion!, exception.Remedy])
            {
                Assert.That(exception.Message, Does.Contain(part));
            }
        }
    }

    [Test]
    public void A_library_that_nobody_finds_is_no_missing_dependency()
    {
        LoadReport report = Load(new LoadPlan(Here with { LibraryFileName = "libconvnet_nowhere.so" }, null, [_folder]));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(report.Attempts[^1].Path, Does.Contain("left to the runtime"));
            Assert.That(report.Attempts[^1].Error, Does.Contain("cannot open shared object file"));
            Assert.That(report.MissingDependency, Is.Null);
            Assert.That(report.Remedy, Does.StartWith("dotnet add package"));
        }
    }

    [Test]
    public void A_library_of_another_version_is_refused_with_both_versions()
    {
        LoadReport report = Load(new LoadPlan(Here, TestPaths.TestLibrary("convnet_wrongabi"), []));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(report.LoadedPath, Is.Null);
            Assert.That(report.FoundAbi, Is.EqualTo("9.7"));
            Assert.That(report.ToString(), Does.Contain("ABI 9.7").And.Contain($"wanted: ABI {report.WantedAbi}"));
        }
    }

    [Test]
    public void After_a_library_of_another_version_the_search_goes_on()
    {
        string old = Path.Combine(_folder, "old");
        string good = Path.Combine(_folder, "good");
        Directory.CreateDirectory(old);
        Directory.CreateDirectory(good);
        File.CreateSymbolicLink(Path.Combine(old, "libconvnet.so"), TestPaths.TestLibrary("convnet_wrongabi"));
        File.CreateSymbolicLink(Path.Combine(good, "libconvnet.so"), GoodLibrary);
        LoadReport report = Load(new LoadPlan(Here, null, [old, good]));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(report.LoadedPath, Is.EqualTo(Path.Combine(good, "libconvnet.so")));
            Assert.That(report.Attempts[0].Error, Does.Contain("ABI 9.7"));
            Assert.That(report.FoundAbi, Is.EqualTo(report.WantedAbi));
        }
    }

    [Test]
    public void A_library_that_is_not_ours_is_refused()
    {
        LoadReport report = Load(new LoadPlan(Here, "libm.so.6", []));
        Assert.That(report.Attempts.Single().Error, Does.Contain("no function cn_version"));
    }

    [Test]
    public void A_file_that_is_no_library_is_refused_in_the_loaders_words()
    {
        string file = Path.Combine(_folder, "libconvnet.so");
        File.WriteAllText(file, "not a library");
        LoadReport report = Load(new LoadPlan(Here, file, []));
        Assert.That(report.Attempts.Single().Error, Does.Contain("file too short").Or.Contain("invalid ELF header"));
    }

    // What dlopen says; a library with such a fault cannot be made by a test without tools.
    [TestCase("libgomp.so.1: cannot open shared object file: No such file or directory", "libgomp.so.1", "apt-get install -y libgomp1")]
    [TestCase("libstrange.so.3: cannot open shared object file: No such file or directory", "libstrange.so.3", "ldd /app/libconvnet.so")]
    [TestCase("/lib/libc.so.6: version `GLIBC_2.38' not found (required by /app/libconvnet.so)", "GLIBC_2.38", "./build.sh build")]
    [TestCase("/lib/libstdc++.so.6: version `GLIBCXX_3.4.32' not found (required by /app/libconvnet.so)", "GLIBCXX_3.4.32", "./build.sh build")]
    [TestCase("/app/libconvnet.so: cannot open shared object file: No such file or directory", null, "dotnet add package ConvNet.Native.")]
    public void The_missing_dependency_and_its_remedy_are_named(string error, string? missing, string remedy)
    {
        var report = new LoadReport
        {
            Plan = new LoadPlan(Here, null, ["/app"]),
            Attempts = [new LoadAttempt("/app/libconvnet.so", error)],
        };
        using (Assert.EnterMultipleScope())
        {
            Assert.That(report.MissingDependency, Is.EqualTo(missing));
            Assert.That(report.Remedy, Does.StartWith(remedy));
            Assert.That(report.ToString(), Does.Contain(error).And.Contain(remedy));
        }
    }

    [Test]
    public void In_a_process_every_call_fails_with_the_one_exception()
    {
        string path = Path.Combine(_folder, "none.so");
        string output = Child.Run("use", path);
        Assert.That(output.Split(nameof(ConvNetLoadException)), Has.Length.EqualTo(3), "two calls, two exceptions");
        Assert.That(output, Does.Contain(path).And.Contain("unset CONVNET_NATIVE_PATH"));
        Assert.That(output, Does.Not.Contain("loaded\n"));
    }

    [Test]
    public void In_a_process_another_version_is_refused()
    {
        string output = Child.Run("use", TestPaths.TestLibrary("convnet_wrongabi"));
        Assert.That(output, Does.Contain(nameof(ConvNetLoadException)).And.Contain("ABI 9.7").And.Not.Contain("EntryPoint"));
    }

    [Test]
    public void In_a_process_the_variable_is_followed() =>
        Assert.That(Child.Run("use", GoodLibrary), Is.EqualTo("loaded\nloaded\n"));

    private static LoadReport Load(LoadPlan plan)
    {
        (nint handle, LoadReport report) = NativeLoader.Load(plan);
        if (handle != 0)
        {
            NativeLibrary.Free(handle);
        }

        return report;
    }
}
