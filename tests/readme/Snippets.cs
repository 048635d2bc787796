namespace ConvNet.Readme.Tests;

/// <summary>The code of README.md, between the marks of a region. It is laid out for the page.</summary>
internal static class Snippets
{
    public static void Convolution()
    {
        #region Convolution
        using Blob<float> image = new([1, 1, 4, 4]);      // batch, channels, height, width
        using Blob<float> sums = new([1, 1, 4, 4]);
        ConvolutionOptions window = new() { NumOutput = 1, Kernel = [3], Pad = [1], BiasTerm = false };
        using Convolution<float> layer = new(window);

        image.Fill(1);
        layer.Reshape(image.Shape);                       // now the layer has weights, here of shape 1x1x3x3
        layer.Weights.Fill(1);
        layer.Forward(image, sums);

        Console.WriteLine(string.Join(' ', sums.Data[..4].ToArray()));
        // 4 6 6 4
        #endregion
    }

    public static void Deconvolution()
    {
        #region Deconvolution
        using Blob<float> small = new([1, 1, 1, 4]);
        using Blob<float> large = new([1]);               // forward gives it its shape
        ConvolutionOptions pairs = new() { NumOutput = 1, Kernel = [1, 2], Stride = [1, 2], BiasTerm = false };
        using Deconvolution<float> layer = new(pairs);

        small.CopyFrom([1, 2, 3, 4]);
        layer.Reshape(small.Shape);
        layer.Weights.Fill(1);                            // each value becomes a pair of its like
        layer.Forward(small, large);

        Console.WriteLine($"{large.Shape}: {string.Join(' ', large.Data.ToArray())}");
        // 1x1x1x8: 1 1 2 2 3 3 4 4
        #endregion
    }
}
