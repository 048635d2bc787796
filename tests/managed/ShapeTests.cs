using NUnit.Framework;

namespace ConvNet.Tests;

public sealed class ShapeTests
{
    private static IEnumerable<TestCaseData> WrongExtents()
    {
        yield return new TestCaseData(new long[] { 2, 0 }, "2x0").SetName("zero");
        yield return new TestCaseData(new long[] { 2, -3, 4 }, "2x-3x4").SetName("negative");
        yield return new TestCaseData(Enumerable.Repeat(1L, 33).ToArray(), "33 axes").SetName("too many axes");
        yield return new TestCaseData(new[] { long.MaxValue, 2 }, "9223372036854775807x2").SetName("count overflows");
        yield return new TestCaseData(new[] { 1L << 60, 1 }, "1152921504606846976x1").SetName("bytes overflow");
    }

    [Test]
    public void A_shape_knows_its_extents_and_counts()
    {
        Shape shape = [2, 3, 6, 4];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(shape.Rank, Is.EqualTo(4));
            Assert.That(shape.Count, Is.EqualTo(144), "elements");
            Assert.That(((IReadOnlyCollection<long>)shape).Count, Is.EqualTo(4), "as a list");
            Assert.That(shape[1], Is.EqualTo(3));
            Assert.That(shape[^1], Is.EqualTo(4));
            Assert.That(shape.AsSpan().ToArray(), Is.EqualTo(new[] { 2, 3, 6, 4 }));
            Assert.That(shape.ToArray(), Is.EqualTo(new[] { 2, 3, 6, 4 }));
            Assert.That(shape.ToString(), Is.EqualTo("2x3x6x4"));
        }
    }

    [Test]
    public void A_scalar_has_no_axis_and_one_element()
    {
        Shape shape = [];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(shape.Rank, Is.Zero);
            Assert.That(shape.Count, Is.EqualTo(1));
            Assert.That(shape.ToString(), Is.EqualTo("scalar"));
            Assert.That(shape == Shape.Scalar, Is.True);
        }
    }

    [Test]
    public void Shapes_are_compared_by_value()
    {
        Shape a = [2, 3];
        Shape b = new long[] { 2, 3 };
        Shape c = [3, 2];
        Shape? none = null;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(a == b, Is.True);
            Assert.That(a != b, Is.False);
            Assert.That(a.GetHashCode(), Is.EqualTo(b.GetHashCode()));
            Assert.That(a.Equals((object)b), Is.True);
            Assert.That(a == c, Is.False);
            Assert.That(a == new Shape(2, 3, 1), Is.False);
            Assert.That(a == none, Is.False);
            Assert.That(none == null, Is.True);
        }
    }

    [Test]
    public void A_shape_does_not_follow_the_array_it_was_made_of()
    {
        long[] extents = [2, 3];
        Shape shape = extents;
        extents[0] = 7;
        Assert.That(shape[0], Is.EqualTo(2));
    }

    [TestCaseSource(nameof(WrongExtents))]
    public void Wrong_extents_are_refused_with_their_numbers(long[] extents, string inMessage)
    {
        Assert.That(() => new Shape(extents),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("extents").And.Message.Contains(inMessage));
    }

    [TestCase(-1)]
    [TestCase(2)]
    public void An_axis_that_does_not_exist_is_refused(int axis)
    {
        Shape shape = [2, 3];
        Assert.That(() => shape[axis],
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("axis")
                .And.Message.Contains("2x3"));
    }

    [Test]
    public void A_null_array_is_no_shape()
    {
        long[] extents = null!;
        Assert.That(() => (Shape)extents, Throws.ArgumentNullException);
    }
}
