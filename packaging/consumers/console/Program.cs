// A convolution and a deconvolution, each compared with what can be counted by hand.
using ConvNet;

// Each output counts the ones under a 3x3 window that hangs over the edge of a 4x4 image.
using Blob<float> image = new([1, 1, 4, 4]);
using Blob<float> counts = new([1]);
using Convolution<float> window = new(new ConvolutionOptions { NumOutput = 1, Kernel = 3, Pad = 1, BiasTerm = false });
image.Fill(1);
window.Reshape(image.Shape);
window.Weights.Fill(1);
window.Forward(image, counts);

// Each value becomes a pair of its like.
using Blob<float> small = new([1, 1, 1, 4]);
using Blob<float> large = new([1]);
ConvolutionOptions pairs = new() { NumOutput = 1, Kernel = [1, 2], Stride = [1, 2], BiasTerm = false };
using Deconvolution<float> repeat = new(pairs);
small.CopyFrom([1, 2, 3, 4]);
repeat.Reshape(small.Shape);
repeat.Weights.Fill(1);
repeat.Forward(small, large);

return Same("convolution", counts, "1x1x4x4: 4 6 6 4 6 9 9 6 6 9 9 6 4 6 6 4")
    & Same("deconvolution", large, "1x1x1x8: 1 1 2 2 3 3 4 4") ? 0 : 1;

static bool Same(string layer, Blob<float> result, string expected)
{
    string found = $"{result.Shape}: {string.Join(' ', result.Data.ToArray())}";
    Console.WriteLine(found == expected ? $"{layer} {found}" : $"{layer} {found}, but expected {expected}");
    return found == expected;
}
