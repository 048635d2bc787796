using NUnit.Framework.Api;
using NUnit.Framework.Interfaces;
using NUnit.Framework.Internal;

namespace ConvNet.Tests;

/// <summary>What runs as a child process of a test, with another environment.</summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        if (arguments is not [string task])
        {
            Console.Error.WriteLine("Run the tests with `dotnet test`, or those of CUDA devices, without an SDK, with `test`.");
            return 2;
        }

        switch (task)
        {
            case "diagnose":
                Console.WriteLine(ConvNetRuntime.Diagnose());
                return 0;
            case "use":
                return Use();
            case "cuda":
                return OpenCuda();
            case "test":
                return Test();
            default:
                Console.Error.WriteLine($"There is no task {task}.");
                return 2;
        }
    }

    // Twice: the first failure must neither be remembered as success nor turn into another exception.
    private static int Use()
    {
        for (int i = 0; i < 2; i++)
        {
            try
            {
                using var blob = new Blob<float>([1]);
                Console.WriteLine("loaded");
            }
            catch (ConvNetLoadException exception)
            {
                Console.WriteLine($"{nameof(ConvNetLoadException)}: {exception.Message}");
            }
        }

        return 0;
    }

    private static int OpenCuda()
    {
        try
        {
            Console.WriteLine(Device.Cuda());
        }
        catch (NotSupportedException exception)
        {
            Console.WriteLine($"{nameof(NotSupportedException)}: {exception.Message}");
        }

        return 0;
    }

    // NUnit's own runner, for machines with a GPU and without an SDK, to which this program is brought complete.
    private static int Test()
    {
        var runner = new NUnitTestAssemblyRunner(new DefaultTestAssemblyBuilder());
        runner.Load(typeof(Program).Assembly, new Dictionary<string, object>());
        TestFilter filter = TestFilter.FromXml($"<filter><class>{typeof(CudaTests).FullName}</class></filter>");
        ITestResult result = runner.Run(new Printer(), filter);
        Console.WriteLine($"{result.PassCount} passed, {result.FailCount} failed");
        return result.FailCount == 0 && result.PassCount > 0 ? 0 : 1;
    }

    private sealed class Printer : ITestListener
    {
        public void TestStarted(ITest test)
        {
            // Only what it came to is of interest.
        }

        public void TestFinished(ITestResult result)
        {
            if (!result.Test.IsSuite)
            {
                Console.WriteLine($"{result.ResultState.Status,-8}{result.Name} {result.Message}");
            }
        }

        public void TestOutput(TestOutput output) => Console.Write(output.Text);

        public void SendMessage(TestMessage message) => Console.WriteLine(message.Message);
    }
}
