using System.Numerics;
using NUnit.Framework;

namespace ConvNet.Tests;

/// <summary>
/// Compares gradients with finite differences of the layer's own forward pass, at Caffe's step and tolerance. The
/// objective is the sum of the tops, each times a fixed random number.
/// </summary>
internal static class GradientCheck
{
    private const double Step = 1e-2;
    private const double Relative = 1e-3;

    // Every input costs two passes; this many of each blob are enough to hit every channel and tap.
    private const int Samples = 60;

    public static void Run<T>(LayerRun<T> run)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        run.Layer.Forward(run.Bottom, run.Top);
        T[] factors = Values.Random<T>(run.Top.Count, 4);
        factors.CopyTo(run.Top.MutableDiff);

        // The gradient of the bottom must be overwritten, so that what was there before must not matter.
        run.Bottom.MutableDiff.Fill(T.CreateChecked(1000));
        run.Layer.Backward(run.Top, run.Bottom);
        Compare(run, run.Bottom, factors, "bottom");
        foreach (Blob<T> parameter in run.Layer.Parameters)
        {
            Compare(run, parameter, factors, $"parameter {parameter.Shape}");
        }
    }

    private static void Compare<T>(LayerRun<T> run, Blob<T> blob, T[] factors, string name)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        T[] analytic = blob.Diff.ToArray();
        T[] start = blob.Data.ToArray();
        int stride = Math.Max(1, start.Length / Samples);
        for (int i = 0; i < start.Length; i += stride)
        {
            double above = Objective(run, blob, i, start[i] + T.CreateChecked(Step), factors);
            double below = Objective(run, blob, i, start[i] - T.CreateChecked(Step), factors);
            blob.MutableData[i] = start[i];
            double numeric = (above - below) / (2 * Step);
            double given = double.CreateChecked(analytic[i]);
            double scale = Math.Max(1, Math.Max(Math.Abs(numeric), Math.Abs(given)));
            Assert.That(given, Is.EqualTo(numeric).Within(Relative * scale), $"{name}[{i}]");
        }
    }

    private static double Objective<T>(LayerRun<T> run, Blob<T> blob, int index, T value, T[] factors)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        blob.MutableData[index] = value;
        run.Layer.Forward(run.Bottom, run.Top);
        double sum = 0;
        ReadOnlySpan<T> top = run.Top.Data;
        for (int i = 0; i < top.Length; i++)
        {
            sum += double.CreateChecked(top[i]) * double.CreateChecked(factors[i]);
        }

        return sum;
    }
}
