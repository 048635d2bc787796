using NUnit.Framework;

namespace ConvNet.Tests;

public sealed class PerAxisTests
{
    [Test]
    public void One_value_and_a_list_are_written_alike()
    {
        PerAxis one = 3;
        PerAxis list = [3];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(one == list, Is.True);
            Assert.That(one != list, Is.False);
            Assert.That(one.GetHashCode(), Is.EqualTo(list.GetHashCode()));
            Assert.That(one, Is.EqualTo(new long[] { 3 }));
            Assert.That(one == new PerAxis(3, 3), Is.False);
            Assert.That(one == null, Is.False);
        }
    }

    [Test]
    public void Values_are_read_by_index()
    {
        PerAxis values = [3, 5];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(values.Count, Is.EqualTo(2));
            Assert.That(values[1], Is.EqualTo(5));
            Assert.That(values.AsSpan().ToArray(), Is.EqualTo(new long[] { 3, 5 }));
            Assert.That(values.ToString(), Is.EqualTo("3x5"));
            Assert.That(PerAxis.None.ToString(), Is.EqualTo("not given"));
            Assert.That(() => values[2], Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => values[-1], Throws.InstanceOf<ArgumentOutOfRangeException>());
        }
    }

    [Test]
    public void Options_are_compared_by_value()
    {
        var options = new ConvolutionOptions { NumOutput = 2, Kernel = [3, 5], WeightFiller = Filler.Xavier() };
        var same = new ConvolutionOptions { NumOutput = 2, Kernel = [3, 5], WeightFiller = Filler.Xavier() };
        Assert.That(options, Is.EqualTo(same));
        Assert.That(options, Is.Not.EqualTo(same with { Kernel = [5, 3] }));
    }
}
