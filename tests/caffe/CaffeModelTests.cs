using ConvNet.Caffe.Model;
using ConvNet.Caffe.Proto;
using Google.Protobuf;
using NUnit.Framework;

namespace ConvNet.Caffe.Tests;

public class CaffeModelTests
{
    private const string Text = """
        name: "small"
        layer { name: "c" type: "Convolution" bottom: "x" top: "c" convolution_param { num_output: 2 kernel_h: 1 kernel_w: 3 } }
        layer { name: "p" type: "PReLU" bottom: "c" top: "c" prelu_param { channel_shared: true } }
        """;

    private static readonly float[] Weights = [1, 2, 3, 4, 5, 6];
    private static readonly float[] Bias = [-1, 0.5f];

    private readonly string _path = Path.Combine(Path.GetTempPath(), $"convnet-test-{Guid.NewGuid():N}.caffemodel");

    [TearDown]
    public void Delete() => File.Delete(_path);

    private static Net<T> Build<T>(string text = Text)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T> =>
        Net<T>.FromPrototxt(text, Phase.Test, ("x", [1, 1, 1, 4]));

    private static BlobProto Blob(float[] values, params long[] shape)
    {
        var blob = new BlobProto { Shape = new BlobShape { Dim = { shape } } };
        blob.Data.Add(values);
        return blob;
    }

    private static BlobProto Legacy(float[] values, int num, int channels, int height, int width)
    {
        var blob = new BlobProto { Num = num, Channels = channels, Height = height, Width = width };
        blob.Data.Add(values);
        return blob;
    }

    private static BlobProto Doubles(float[] values, params long[] shape)
    {
        var blob = Blob([], shape);
        blob.DoubleData.Add(values.Select(value => (double)value));
        return blob;
    }

    private static NetParameter V2(params BlobProto[] blobs) =>
        new() { Layer = { new LayerParameter { Name = "c", Type = "Convolution", Blobs = { blobs } } } };

    private static NetParameter V1(params BlobProto[] blobs) => new()
    {
        Layers = { new V1LayerParameter { Name = "c", Type = V1LayerParameter.Types.LayerType.Convolution, Blobs = { blobs } } },
    };

    private static readonly TestCaseData[] Models =
    [
        Case("new layers and shapes", V2(Blob(Weights, 2, 1, 1, 3), Blob(Bias, 2))),
        Case("old layers, four extents", V1(Legacy(Weights, 2, 1, 1, 3), Legacy(Bias, 1, 1, 1, 2))),
        Case("new layers, four extents", V2(Legacy(Weights, 2, 1, 1, 3), Legacy(Bias, 1, 1, 1, 2))),
        Case("old layers, new shapes", V1(Blob(Weights, 2, 1, 1, 3), Blob(Bias, 2))),
        Case("double precision", V2(Doubles(Weights, 2, 1, 1, 3), Doubles(Bias, 2))),
    ];

    private static TestCaseData Case(string name, NetParameter model) =>
        new TestCaseData(model.ToByteArray()).SetArgDisplayNames(name);

    [TestCaseSource(nameof(Models))]
    public void Models_of_every_age_are_read(byte[] model)
    {
        using var net = Build<float>();
        var report = net.LoadWeights(new MemoryStream(model));

        Assert.That(net.Layers[0].Parameters[0].Data.ToArray(), Is.EqualTo(Weights));
        Assert.That(net.Layers[0].Parameters[1].Data.ToArray(), Is.EqualTo(Bias));
        Assert.That(report.Loaded, Is.EqualTo(new[] { "c" }));
        Assert.That(report.Missing, Is.EqualTo(new[] { "p" }));
        Assert.That(report.Ignored, Is.Empty);
    }

    [Test]
    public void Floats_may_be_packed_or_not()
    {
        // Written by hand: field 5 of a blob, each float with a tag of its own.
        var blob = new MemoryStream();
        using (var output = new CodedOutputStream(blob, leaveOpen: true))
        {
            foreach (var value in Weights)
            {
                output.WriteTag(5, WireFormat.WireType.Fixed32);
                output.WriteFloat(value);
            }
            output.WriteTag(7, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(ByteString.CopyFrom(0x08, 2, 0x08, 1, 0x08, 1, 0x08, 3));
        }
        var model = V2(BlobProto.Parser.ParseFrom(blob.ToArray()), Blob(Bias, 2));
        Assert.That(model.Layer[0].Blobs[0].Data, Is.EqualTo(Weights));
        Assert.That(model.Layer[0].Blobs[0].Shape.Dim, Is.EqualTo(new long[] { 2, 1, 1, 3 }));
    }

    [Test]
    public void Unknown_fields_are_skipped()
    {
        var known = V2(Blob(Weights, 2, 1, 1, 3), Blob(Bias, 2)).ToByteArray();
        var model = new MemoryStream();
        using (var output = new CodedOutputStream(model, leaveOpen: true))
        {
            output.WriteTag(777, WireFormat.WireType.LengthDelimited);
            output.WriteString("something of another program");
            output.WriteTag(778, WireFormat.WireType.Varint);
            output.WriteInt32(5);
        }
        model.Write(known);
        model.Position = 0;
        using var net = Build<float>();
        net.LoadWeights(model);

        Assert.That(net.Layers[0].Parameters[0].Data.ToArray(), Is.EqualTo(Weights));
    }

    [Test]
    public void Layers_of_other_names_are_ignored_and_reported()
    {
        var model = V2(Blob(Weights, 2, 1, 1, 3), Blob(Bias, 2));
        model.Layer.Add(new LayerParameter { Name = "other", Blobs = { Blob([1], 1) } });
        model.Layer.Add(new LayerParameter { Name = "without weights" });
        using var net = Build<float>();
        var report = net.LoadWeights(new MemoryStream(model.ToByteArray()));

        Assert.That(report.Ignored, Is.EqualTo(new[] { "other" }));
    }

    private static readonly TestCaseData[] Mismatches =
    [
        new(V2(Blob(Weights, 2, 1, 1, 3)), "layer 'c' (Convolution) has 1 blobs in the file (2x1x1x3), but 2 parameters in the net (2x1x1x3, 2)"),
        new(V2(), "layer 'c' (Convolution) has 0 blobs in the file"),
        new(V2(Blob(Weights, 2, 1, 3, 1), Blob(Bias, 2)), "layer 'c' (Convolution): blob 0 is 2x1x3x1 in the file, but 2x1x1x3 in the net"),
        new(V2(Blob(Weights, 2, 1, 1, 3), Blob(Bias, 1, 2)), "blob 1 is 1x2 in the file, but 2 in the net"),
        new(V1(Legacy(Weights, 2, 1, 1, 3), Legacy(Bias, 2, 1, 1, 1)), "blob 1 is 2x1x1x1 in the file, but 2 in the net"),
        new(V2(Blob(Weights[..5], 2, 1, 1, 3), Blob(Bias, 2)), "blob 0 is 2x1x1x3 and needs 6 values, but the file has 5"),
        new(V2(new BlobProto { Data = { Weights } }, Blob(Bias, 2)), "blob 0 is without a shape in the file"),
    ];

    [TestCaseSource(nameof(Mismatches))]
    public void What_does_not_fit_is_refused_as_a_whole(object model, string part)
    {
        File.WriteAllBytes(_path, ((NetParameter)model).ToByteArray());
        using var net = Build<float>();
        var e = Assert.Throws<CaffeException>(() => net.LoadWeights(_path));

        Assert.That(e.Message, Does.Contain(part).And.StartWith(_path));
        Assert.That(e.File, Is.EqualTo(_path));
        Assert.That(net.Layers[0].Parameters[0].Data.ToArray(), Is.All.Zero);
    }

    [Test]
    public void When_one_layer_does_not_fit_the_others_keep_their_weights()
    {
        var model = V2(Blob(Weights, 2, 1, 1, 3), Blob(Bias, 2));
        model.Layer.Add(new LayerParameter { Name = "p", Blobs = { Blob([1, 2], 2) } });
        using var net = Build<float>();

        Assert.That(
            () => net.LoadWeights(new MemoryStream(model.ToByteArray())),
            Throws.TypeOf<CaffeException>().With.Message.Contains("blob 0 is 2 in the file, but scalar in the net"));
        Assert.That(net.Layers[0].Parameters[0].Data.ToArray(), Is.All.Zero);
    }

    [Test]
    public void Layers_of_one_name_are_paired_in_their_order()
    {
        const string text = """
            layer { name: "b" type: "Bias" bottom: "x" top: "x1" }
            layer { name: "b" type: "ReLU" bottom: "x1" top: "x2" }
            layer { name: "b" type: "Bias" bottom: "x2" top: "x3" }
            """;
        using var net = Build<float>(text);
        net.Layers[0].Parameters[0].Fill(1f);
        net.Layers[2].Parameters[0].Fill(2f);
        net.SaveWeights(_path);
        using var copy = Build<float>(text);
        copy.LoadWeights(_path);
        Assert.That(copy.Layers[0].Parameters[0].Data[0], Is.EqualTo(1f));
        Assert.That(copy.Layers[2].Parameters[0].Data[0], Is.EqualTo(2f));

        using var fewer = Build<float>("layer { name: 'b' type: 'Bias' bottom: 'x' top: 'y' }");
        Assert.That(
            () => fewer.LoadWeights(_path),
            Throws.TypeOf<CaffeException>().With.Message.Contains("2 layers named 'b' have weights in the file, but 1 in the net"));
    }

    [Test]
    public void What_was_saved_is_loaded_bit_for_bit()
    {
        RoundTrip<float>();
        RoundTrip<double>();
    }

    private void RoundTrip<T>()
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        using var net = Build<T>();
        foreach (var parameter in net.Layers.SelectMany(layer => layer.Parameters))
        {
            TestData.Fill(parameter);
        }
        net.SaveWeights(_path);
        using var copy = Build<T>();
        var report = copy.LoadWeights(_path);

        Assert.That(report.Missing, Is.Empty);
        foreach (var (saved, loaded) in net.Layers.SelectMany(layer => layer.Parameters).Zip(copy.Layers.SelectMany(layer => layer.Parameters)))
        {
            Assert.That(loaded.Data.SequenceEqual(saved.Data));
        }
        using var stream = new MemoryStream();
        net.SaveWeights(stream);
        Assert.That(stream.ToArray(), Is.EqualTo(File.ReadAllBytes(_path)));
        Assert.That(File.Exists(_path + ".part"), Is.False);
    }

    [Test]
    public void A_saved_model_carries_its_net()
    {
        using var net = Build<float>();
        net.SaveWeights(_path);
        var model = CaffeModelFile.Read(_path);

        Assert.That(model.Name, Is.EqualTo("small"));
        Assert.That(model.Layer[0].ConvolutionParam.KernelW, Is.EqualTo(3));
        Assert.That(model.Layer[0].Blobs[0].Shape.Dim, Is.EqualTo(new long[] { 2, 1, 1, 3 }));
    }

    [Test]
    public void A_file_that_is_cut_short_is_refused_wherever_it_is_cut()
    {
        var whole = V2(Blob(Weights, 2, 1, 1, 3), Blob(Bias, 2)).ToByteArray();
        using var net = Build<float>();
        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(_path, whole[..length]);
            var e = Assert.Throws<CaffeException>(() => net.LoadWeights(_path), $"{length} of {whole.Length} bytes");
            Assert.That(e.Message, Does.StartWith(_path).And.Match(length == 0 ? "empty" : "at byte \\d+"));
        }
    }

    [TestCase("layer { name: 'x' }\n", "It looks like text; weights are expected")]
    [TestCase("version https://git-lfs.github.com/spec/v1\noid sha256:12\n", "Git LFS pointer")]
    [TestCase("\u0089HDF\r\n\u001a\n", "HDF5")]
    [TestCase("PK\u0003\u0004\u0014\u0000\u0000", "not a")]
    public void Other_files_are_recognised(string content, string part)
    {
        File.WriteAllBytes(_path, [.. content.Select(c => (byte)c)]);
        using var net = Build<float>();

        Assert.That(() => net.LoadWeights(_path), Throws.TypeOf<CaffeException>().With.Message.Contains(part).And.Message.StartsWith(_path));
    }

    [Test]
    public void A_file_that_is_missing_is_named()
    {
        using var net = Build<float>();

        Assert.That(() => net.LoadWeights(_path), Throws.TypeOf<FileNotFoundException>().With.Message.Contains(_path));
        Assert.That(() => Net<float>.FromPrototxtFile(_path), Throws.TypeOf<FileNotFoundException>().With.Message.Contains(_path));
    }
}
