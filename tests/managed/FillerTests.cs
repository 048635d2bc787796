using NUnit.Framework;

namespace ConvNet.Tests;

/// <summary>What each filler gives; its numbers against Caffe's formulas.</summary>
public sealed class FillerTests
{
    private const long Rows = 50;
    private const long Columns = 200;

    private static IEnumerable<TestCaseData> Moments()
    {
        // What is expected: mean, standard deviation. fan_in = 200, fan_out = 50.
        yield return new TestCaseData(Filler.Uniform(-1, 3), 1.0, 4 / Math.Sqrt(12)).SetName("uniform");
        yield return new TestCaseData(Filler.Gaussian(2, 0.5), 2.0, 0.5).SetName("gaussian");
        yield return new TestCaseData(Filler.Xavier(), 0.0, Math.Sqrt(1.0 / 200)).SetName("xavier fan_in");
        yield return new TestCaseData(Filler.Xavier(VarianceNorm.FanOut), 0.0, Math.Sqrt(1.0 / 50)).SetName("xavier fan_out");
        yield return new TestCaseData(Filler.Xavier(VarianceNorm.Average), 0.0, Math.Sqrt(1.0 / 125)).SetName("xavier average");
        yield return new TestCaseData(Filler.Msra(), 0.0, Math.Sqrt(2.0 / 200)).SetName("msra fan_in");
        yield return new TestCaseData(Filler.Msra(VarianceNorm.FanOut), 0.0, Math.Sqrt(2.0 / 50)).SetName("msra fan_out");
    }

    private static IEnumerable<Filler> Random() =>
        [Filler.Uniform(), Filler.Gaussian(), Filler.PositiveUnitball(), Filler.Xavier(), Filler.Msra()];

    [TestCaseSource(nameof(Moments))]
    public void Mean_and_deviation_are_those_of_the_formula(Filler filler, double mean, double deviation)
    {
        double[] values = Fill(filler, [Rows, Columns]);
        double found = values.Average();
        double spread = Math.Sqrt(values.Average(value => (value - found) * (value - found)));
        using (Assert.EnterMultipleScope())
        {
            // 10,000 values: five standard errors of the mean, and 5 % of the deviation.
            Assert.That(found, Is.EqualTo(mean).Within(5 * deviation / 100));
            Assert.That(spread, Is.EqualTo(deviation).Within(0.05 * deviation));
        }
    }

    [Test]
    public void Constant_is_the_same_everywhere() =>
        Assert.That(Fill(Filler.Constant(0.25), [3, 4]), Is.All.EqualTo(0.25));

    [Test]
    public void Positive_unitball_rows_sum_to_one()
    {
        double[] values = Fill(Filler.PositiveUnitball(), [3, 50]);
        Assert.That(values, Is.All.InRange(0.0, 1.0));
        Assert.That(values.Chunk(50).Select(row => row.Sum()), Is.All.EqualTo(1.0).Within(1e-12));
    }

    [Test]
    public void Sparse_gaussian_keeps_that_many_values_per_output()
    {
        // Each of 100 x 200 values is kept with probability 10/100.
        double[] values = Fill(Filler.Gaussian(sparse: 10), [100, 200]);
        Assert.That(values.Count(value => value != 0), Is.EqualTo(2000).Within(250));
    }

    [Test]
    public void Bilinear_is_the_interpolation_of_Caffe()
    {
        // For width 4: f = 2, c = 3/4.
        double[] line = [0.25, 0.75, 0.75, 0.25];
        double[] expected = [.. from y in line from x in line select x * y];
        Assert.That(Fill(Filler.Bilinear(), [1, 1, 4, 4]), Is.EqualTo(expected).Within(1e-15));
    }

    [TestCaseSource(nameof(Random))]
    public void The_seed_decides(Filler filler)
    {
        double[] first = Fill(filler with { Seed = 7 }, [4, 5]);
        Assert.That(Fill(filler with { Seed = 7 }, [4, 5]), Is.EqualTo(first));
        Assert.That(Fill(filler with { Seed = 8 }, [4, 5]), Is.Not.EqualTo(first));
    }

    private static double[] Fill(Filler filler, Shape shape)
    {
        using var blob = new Blob<double>(shape);
        blob.Fill(filler);
        return blob.Data.ToArray();
    }
}
