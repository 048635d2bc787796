using ConvNet.Caffe.Proto;
using ConvNet.Caffe.Text;
using NUnit.Framework;

namespace ConvNet.Caffe.Tests;

public class PrototxtReaderTests
{
    [Test]
    public void Every_form_of_the_text_format_is_read()
    {
        var net = PrototxtReader.Read("""
            # a comment
            name: "one" 'two' "\x41\102\n\t\"\'\\\u00e9"   # strings side by side are one
            force_backward: t;
            input: ["a", 'b'], input_dim: [1, 0x2, 03]
            input_dim: 4
            state { phase: TEST stage: "s" level: -3 }
            input_shape: { dim: 1 dim: 2 } input_shape < dim: [ 3 , 4 ] >
            input_shape [ { dim: 5 }, { dim: 6 } ]
            layer {
              name: "c" type: "Convolution" bottom: "a" top: "c"
              param { lr_mult: 1e-3 } param: { lr_mult: .5f decay_mult: -inf }
              convolution_param { num_output: 2 kernel_size: 3 bias_term: false engine: CAFFE
                weight_filler { type: "gaussian" std: 1.5E+2 variance_norm: 2 } }
            }
            """).Net;

        Assert.That(net.Name, Is.EqualTo("onetwoAB\n\t\"'\\\u00e9"));
        Assert.That(net.ForceBackward);
        Assert.That(net.Input, Is.EqualTo(new[] { "a", "b" }));
        Assert.That(net.InputDim, Is.EqualTo(new[] { 1, 2, 3, 4 }));
        Assert.That(net.State.Level, Is.EqualTo(-3));
        Assert.That(net.InputShape.Select(shape => string.Join('x', shape.Dim)), Is.EqualTo(new[] { "1x2", "3x4", "5", "6" }));
        var layer = net.Layer[0];
        Assert.That(layer.Param[0].LrMult, Is.EqualTo(1e-3f));
        Assert.That(layer.Param[1].LrMult, Is.EqualTo(0.5f));
        Assert.That(layer.Param[1].DecayMult, Is.EqualTo(float.NegativeInfinity));
        Assert.That(layer.ConvolutionParam.HasBiasTerm && !layer.ConvolutionParam.BiasTerm);
        Assert.That(layer.ConvolutionParam.Engine, Is.EqualTo(ConvolutionParameter.Types.Engine.Caffe));
        Assert.That(layer.ConvolutionParam.WeightFiller.Std, Is.EqualTo(150f));
        Assert.That(layer.ConvolutionParam.WeightFiller.VarianceNorm, Is.EqualTo(FillerParameter.Types.VarianceNorm.Average));
    }

    [TestCase("name: 3", 1, 7, "'name' expects a string in quotes, found '3'")]
    [TestCase("name: \"a\"\n  name: \"b\"", 2, 3, "'name' is given twice, first at line 1, column 7")]
    [TestCase("name \"a\"", 1, 6, "expected ':' after 'name'")]
    [TestCase("name: \"a", 1, 7, "no closing \"")]
    [TestCase("name: 'a\nb'", 1, 7, "no closing '")]
    [TestCase("name: \"\\q\"", 1, 8, "unknown escape")]
    [TestCase("layer {\n  name: \"x\"\n", 3, 1, "'}' is missing; '{' was opened at line 1, column 7")]
    [TestCase("layer {\n} }", 2, 3, "expected the name of a field in net, found '}'")]
    [TestCase("layer: 3", 1, 8, "expected '{' to open 'layer'")]
    [TestCase("layer < name: 'x' }", 1, 19, "expected the name of a field")]
    [TestCase("input_dim: [1, 2", 1, 17, "',' or ']'")]
    [TestCase("name: ['a', 'b']", 1, 7, "takes one value, found a list")]
    [TestCase("input_dim: 1.5", 1, 12, "'input_dim' expects a whole number, found '1.5'")]
    [TestCase("input_dim: 3000000000", 1, 12, "is 3000000000, expected a whole number from -2147483648 to 2147483647")]
    [TestCase("input_dim: 08", 1, 12, "whole number")]
    [TestCase("force_backward: yes", 1, 17, "expects true or false, found 'yes'")]
    [TestCase("layer { convolution_param {\n\tpad: -1 } }", 2, 8, "'pad' is -1, expected a whole number from 0 to 4294967295")]
    [TestCase("layer { convolution_param { kernal_size: 3 } }", 1, 29, "unknown field 'kernal_size' in convolution_param (did you mean 'kernel_size'?)")]
    [TestCase("layer { convolution_param { engine: CUDA } }", 1, 37, "expects one of DEFAULT, CAFFE, CUDNN, found 'CUDA'")]
    [TestCase("layer { convolution_param { engine: 7 } }", 1, 37, "expects one of")]
    [TestCase("layer { relu_param { negative_slope: abc } }", 1, 38, "'negative_slope' expects a number, found 'abc'")]
    [TestCase("layer { relu_param { negative_slope: -\"x\" } }", 1, 39, "expects a number, found -the string")]
    [TestCase("layer { transform_param { mirror } }", 1, 34, "expected ':' or '{' after 'mirror'")]
    [TestCase("\u0000\u0001", 1, 1, "this is not text")]
    [TestCase("layer $", 1, 7, "unexpected character '$'")]
    public void Every_error_has_line_and_column(string text, int line, int column, string part)
    {
        var e = Assert.Throws<CaffeException>(() => PrototxtReader.Read(text));

        Assert.That(e.Message, Does.Contain(part));
        Assert.That((e.Line, e.Column), Is.EqualTo(((int?)line, (int?)column)));
        Assert.That(e.Message, Does.StartWith($"line {line}, column {column}: "));
    }

    [Test]
    public void An_error_in_a_file_begins_as_editors_expect()
    {
        var e = Assert.Throws<CaffeException>(() => PrototxtReader.Read("\n  bad", "nets/a.prototxt"));

        Assert.That(e.Message, Does.StartWith("nets/a.prototxt:2:6: "));
        Assert.That(e.File, Is.EqualTo("nets/a.prototxt"));
    }

    [Test]
    public void Unknown_fields_of_nets_and_layers_are_skipped_and_reported()
    {
        var document = PrototxtReader.Read("""
            name: "n"
            shiny: [ 1, -2.5, { a: "x" "y" b { c: inf } } ]
            [some.extension/v2] { a: 1; b: 2, }
            layer { name: "a" transform_param { scale: 0.0039 mirror: true mean_value: [1,2] } botom: "d" }
            """);

        Assert.That(document.Net.Name, Is.EqualTo("n"));
        Assert.That(document.Net.Layer[0].Name, Is.EqualTo("a"));
        Assert.That(document.Warnings, Is.EqualTo(new[]
        {
            "line 2, column 1: unknown field 'shiny' in net is ignored",
            "line 3, column 1: unknown field '[some.extension/v2]' in net is ignored",
            "line 4, column 19: unknown field 'transform_param' in layer is ignored",
            "line 4, column 84: unknown field 'botom' in layer is ignored (did you mean 'bottom'?)",
        }));
    }

    [Test]
    public void Places_of_fields_are_kept()
    {
        var document = PrototxtReader.Read("\uFEFFlayer {\n}\nlayer { relu_param {\n negative_slope: 1 } }");

        Assert.That(document.PositionOf("layer[0]"), Is.EqualTo(new SourcePosition(null, 1, 1)));
        Assert.That(document.PositionOf("layer[1].relu_param.negative_slope"), Is.EqualTo(new SourcePosition(null, 4, 18)));
    }

    [Test]
    public void Nesting_has_a_limit()
    {
        var text = string.Concat(Enumerable.Repeat("x {", 10_000));

        Assert.That(() => PrototxtReader.Read(text), Throws.TypeOf<CaffeException>().With.Message.Contains("nested deeper"));
    }
}
