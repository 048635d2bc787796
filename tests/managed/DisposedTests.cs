using System.Numerics.Tensors;
using System.Reflection;
using NUnit.Framework;

namespace ConvNet.Tests;

/// <summary>Every public member of a disposed object says so.</summary>
public sealed class DisposedTests
{
    // These only tell what the object was made of, and stay: how else would one say which object was disposed?
    private static readonly string[] Exempt =
    [
        "Dispose", "ToString", "Equals", "GetHashCode", "GetType",
        "get_Device", "get_Options", "get_Axis", "get_NumAxes",
    ];

    private static readonly Dictionary<string, Action<Device>> OfDevice = new()
    {
        ["get_Kind"] = device => _ = device.Kind,
        ["get_Index"] = device => _ = device.Index,
        ["get_Threads"] = device => _ = device.Threads,
        ["GetInfo"] = device => device.GetInfo(),
        ["ResetCounters"] = device => device.ResetCounters(),
        ["Trim"] = device => device.Trim(),
        ["get_Stream"] = device => _ = device.Stream,
        ["set_Stream"] = device => device.Stream = CudaStream.Default,
        ["CreateStream"] = device => device.CreateStream(),
        ["Synchronize"] = device => device.Synchronize(),
        ["GetCudaMemory"] = device => device.GetCudaMemory(),
    };

    private static readonly Dictionary<string, Action<Blob<float>>> OfBlob = new()
    {
        ["get_Shape"] = blob => _ = blob.Shape,
        ["get_Count"] = blob => _ = blob.Count,
        ["get_Data"] = blob => _ = blob.Data,
        ["get_MutableData"] = blob => _ = blob.MutableData,
        ["get_Diff"] = blob => _ = blob.Diff,
        ["get_MutableDiff"] = blob => _ = blob.MutableDiff,
        ["get_Item"] = blob => _ = blob[0, 0],
        ["set_Item"] = blob => blob[0, 0] = 1,
        ["Reshape"] = blob => blob.Reshape([2, 3]),
        ["CopyFrom"] = blob => blob.CopyFrom(new float[6]),
        ["CopyTo"] = blob => blob.CopyTo(new float[6]),
        ["CopyDiffFrom"] = blob => blob.CopyDiffFrom(new float[6]),
        ["CopyDiffTo"] = blob => blob.CopyDiffTo(new float[6]),
        ["GetDataMemory"] = blob => blob.GetDataMemory(),
        ["GetDiffMemory"] = blob => blob.GetDiffMemory(),
        ["Fill"] = blob => blob.Fill(1),
        ["Fill(Filler)"] = blob => blob.Fill(Filler.Constant(1)),
        ["ClearDiff"] = blob => blob.ClearDiff(),
        ["AsTensorSpan"] = blob => blob.AsTensorSpan(),
        ["AsMutableTensorSpan"] = blob => blob.AsMutableTensorSpan(),
    };

    private static readonly Dictionary<string, Action<Layer<float>>> OfLayer = new()
    {
        ["get_BottomShape"] = layer => _ = layer.BottomShape,
        ["get_TopShape"] = layer => _ = layer.TopShape,
        ["get_Parameters"] = layer => _ = layer.Parameters,
        ["get_Weights"] = layer => _ = layer is BaseConvolutionLayer<float> convolution ? convolution.Weights : layer.Parameters[0],
        ["get_Bias"] = layer => _ = layer is BiasLayer<float> bias ? bias.Bias : (layer as BaseConvolutionLayer<float>)?.Bias ?? layer.Parameters[0],
        ["get_Plan"] = layer => _ = layer is BaseConvolutionLayer<float> convolution ? convolution.Plan.EngineName : layer.TopShape.ToString(),
        ["Reshape"] = layer => layer.Reshape([1, 1, 4, 4]),
        ["Forward"] = layer => WithBlobs(layer.Forward),
        ["Forward(many)"] = layer => WithBlobs((bottom, top) => layer.Forward([bottom], [top])),
        ["Forward(span)"] = layer => layer.Forward(new float[16], new float[16]),
        ["Forward(tensor)"] = layer => layer.Forward(new ReadOnlyTensorSpan<float>(new float[16], [1, 1, 4, 4]), new TensorSpan<float>(new float[16], [1, 1, 4, 4])),
        ["Forward(memory)"] = layer => layer.Forward(new DeviceMemory<float>(8, 16), new DeviceMemory<float>(8, 16)),
        ["Backward(memory)"] = layer => layer.Backward(new DeviceMemory<float>(8, 16), new DeviceMemory<float>(8, 16), default),
        ["Backward"] = layer => WithBlobs((bottom, top) => layer.Backward(top, bottom)),
        ["Backward(flag)"] = layer => WithBlobs((bottom, top) => layer.Backward(top, bottom, false)),
        ["Backward(many)"] = layer => WithBlobs((bottom, top) => layer.Backward([top], [bottom])),
        ["Backward(many, flags)"] = layer => WithBlobs((bottom, top) => layer.Backward([top], [bottom], [true])),
        ["Backward(top, memory)"] = layer => layer.Backward(new DeviceMemory<float>(8, 16), new DeviceMemory<float>(8, 16), new DeviceMemory<float>(8, 16), default),
        ["Backward(top, span)"] = layer => layer.Backward(new float[16], new float[16], new float[16], []),
        ["Backward(top, tensor)"] = layer => layer.Backward(new ReadOnlyTensorSpan<float>(new float[16], [1, 1, 4, 4]), new ReadOnlyTensorSpan<float>(new float[16], [1, 1, 4, 4]), new ReadOnlyTensorSpan<float>(new float[16], [1, 1, 4, 4]), TensorSpan<float>.Empty),
        ["Backward(span)"] = layer => layer.Backward(new float[16], new float[16], []),
        ["Backward(tensor)"] = layer => layer.Backward(new ReadOnlyTensorSpan<float>(new float[16], [1, 1, 4, 4]), new ReadOnlyTensorSpan<float>(new float[16], [1, 1, 4, 4]), TensorSpan<float>.Empty),
        ["SetParameter"] = layer => WithBlobs((bottom, _) => layer.SetParameter(0, bottom)),
        ["SetParamPropagateDown"] = layer => layer.SetParamPropagateDown(0, true),
        ["ClearGradients"] = layer => layer.ClearGradients(),
    };

    private static IEnumerable<TestCaseData> Types()
    {
        yield return new TestCaseData(typeof(Device), OfDevice.Keys.ToArray());
        yield return new TestCaseData(typeof(Blob<float>), OfBlob.Keys.ToArray());
        yield return new TestCaseData(typeof(Convolution<float>), OfLayer.Keys.ToArray());
        yield return new TestCaseData(typeof(Deconvolution<float>), OfLayer.Keys.ToArray());
        yield return new TestCaseData(typeof(Im2col<float>), OfLayer.Keys.ToArray());
        yield return new TestCaseData(typeof(BiasLayer<float>), OfLayer.Keys.ToArray());
    }

    private static IEnumerable<TestCaseData> Members() =>
        OfDevice.Select(item => Case<Device>(item.Key, () => Device.CreateCpu(), item.Value))
            .Concat(OfBlob.Select(item => Case<Blob<float>>(item.Key, () => new Blob<float>([2, 3]), item.Value)))
            .Concat(OfLayer.SelectMany(item => new[]
            {
                Case<Layer<float>>($"Convolution.{item.Key}", () => new Convolution<float>(OneByOne), item.Value),
                Case<Layer<float>>($"Deconvolution.{item.Key}", () => new Deconvolution<float>(OneByOne), item.Value),
                Case<Layer<float>>($"Im2col.{item.Key}", () => new Im2col<float>(new() { Kernel = 1 }), item.Value),
                Case<Layer<float>>($"BiasLayer.{item.Key}", () => new BiasLayer<float>(1, 1), item.Value),
            }));

    private static ConvolutionOptions OneByOne => new() { NumOutput = 1, Kernel = 1 };

    [TestCaseSource(nameof(Types))]
    public void No_public_member_is_forgotten_here(Type type, string[] tested)
    {
        // Each overload counts: of a name there must be as many entries as there are methods.
        IEnumerable<string> members = type.GetMethods(BindingFlags.Public | BindingFlags.Instance)
            .Select(method => method.Name).Except(Exempt);
        string[] names = [.. tested.Select(name => name.Split('(')[0])];
        foreach (string member in members)
        {
            int overloads = type.GetMethods(BindingFlags.Public | BindingFlags.Instance).Count(method => method.Name == member);
            Assert.That(names.Count(name => name == member), Is.EqualTo(overloads), member);
        }
    }

    [TestCaseSource(nameof(Members))]
    public void A_disposed_object_refuses(Func<IDisposable> make, Action<IDisposable> use)
    {
        IDisposable item = make();
        if (item is Layer<float> layer)
        {
            layer.Reshape([1, 1, 4, 4]);
        }

        item.Dispose();
        Assert.That(() => use(item),
            Throws.InstanceOf<ObjectDisposedException>().With.Property("ObjectName").StartsWith(
                item.GetType().FullName!.Split('`')[0]));
        Assert.That(item.ToString(), Is.Not.Empty);
    }

    [Test]
    public void What_an_object_was_made_of_stays_known()
    {
        var layer = new Convolution<float>(OneByOne);
        var bias = new BiasLayer<float>(2, 1);
        var blob = new Blob<float>([2, 3]);
        layer.Dispose();
        bias.Dispose();
        blob.Dispose();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(layer.Device, Is.SameAs(Device.Cpu));
            Assert.That(layer.Options, Is.EqualTo(OneByOne));
            Assert.That((bias.Axis, bias.NumAxes), Is.EqualTo((2, 1)));
            Assert.That(blob.Device, Is.SameAs(Device.Cpu));
            Assert.That(blob.ToString(), Is.EqualTo("Single 2x3"));
        }
    }

    [Test]
    public void Disposed_arguments_are_refused()
    {
        using var layer = new Convolution<float>(OneByOne);
        layer.Reshape([1, 1, 4, 4]);
        using var alive = new Blob<float>([1, 1, 4, 4]);
        var dead = new Blob<float>([1, 1, 4, 4]);
        dead.Dispose();
        var deadDevice = Device.CreateCpu();
        deadDevice.Dispose();
        using (Assert.EnterMultipleScope())
        {
            foreach (Action use in new Action[]
            {
                () => layer.Forward(dead, alive),
                () => layer.Forward(alive, dead),
                () => layer.Forward([dead], [alive]),
                () => layer.Forward([alive], [dead]),
                () => layer.Backward(dead, alive),
                () => layer.Backward(alive, dead),
                () => layer.Backward([dead], [alive]),
                () => layer.Backward([alive], [dead]),
                () => layer.SetParameter(0, dead),
                () => _ = new Blob<float>(deadDevice, [1]),
                () => _ = new Convolution<float>(deadDevice, OneByOne),
                () => _ = new BiasLayer<float>(deadDevice),
            })
            {
                Assert.That(() => use(), Throws.InstanceOf<ObjectDisposedException>());
            }
        }

        layer.Forward(alive, new Blob<float>([1]));
    }

    private static TestCaseData Case<TItem>(string name, Func<TItem> make, Action<TItem> use)
        where TItem : IDisposable =>
        new TestCaseData((Func<IDisposable>)(() => make()), (Action<IDisposable>)(item => use((TItem)item)))
            .SetArgDisplayNames($"{typeof(TItem).Name.Split('`')[0]}.{name}");

    private static void WithBlobs(Action<Blob<float>, Blob<float>> use)
    {
        using var bottom = new Blob<float>([1, 1, 4, 4]);
        using var top = new Blob<float>([1, 1, 4, 4]);
        use(bottom, top);
    }
}
