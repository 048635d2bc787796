using ConvNet;

// Each output counts the ones under a 3x3 window that hangs over the edge of a 4x4 image.
using var sum = new Convolution<float>(new ConvolutionOptions { NumOutput = 1, Kernel = 3, Pad = 1, BiasTerm = false });
using var image = new Blob<float>([1, 1, 4, 4]);
using var counts = new Blob<float>([1, 1, 4, 4]);
image.Fill(1);
sum.Reshape(image.Shape);
sum.Weights.Fill(1);
sum.Forward(image, counts);

string result = string.Join(' ', counts.Data.ToArray());
Console.WriteLine($"a convolution from the packages: {result}");
return result == "4 6 6 4 6 9 9 6 6 9 9 6 4 6 6 4" ? 0 : 1;
