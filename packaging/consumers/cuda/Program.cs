// Says which CUDA devices there are, or what is missing.
using ConvNet;

try
{
    Console.WriteLine($"CUDA devices: {Device.CudaDevices.Count}");
}
catch (NotSupportedException missing)
{
    Console.WriteLine(missing.Message);
}
