namespace ConvNet.Tests;

/// <summary>What runs as a child process of a test, with another environment.</summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        if (arguments is not [string task])
        {
            Console.Error.WriteLine("Run the tests with `dotnet test`.");
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
}
