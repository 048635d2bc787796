using System.Buffers;
using ConvNet.Caffe.Proto;
using Google.Protobuf;

namespace ConvNet.Caffe.Model;

/// <summary>Reads and writes caffemodels: a <see cref="NetParameter"/> in binary form.</summary>
internal static class CaffeModelFile
{
    /// <summary>What messages call a stream without a name.</summary>
    public const string StreamName = "(stream)";

    private const int HeadLength = 64;

    private static readonly SearchValues<byte> TextBytes =
        SearchValues.Create([.. "\t\n\r"u8, .. Enumerable.Range(' ', '~' - ' ' + 1).Select(code => (byte)code)]);

    /// <summary>Reads a file.</summary>
    public static NetParameter Read(string path)
    {
        using var stream = File.OpenRead(path);
        return Read(stream, path);
    }

    /// <summary>Reads a stream to its end.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="name">What messages call it.</param>
    public static NetParameter Read(Stream stream, string name)
    {
        using var recorder = new HeadRecordingStream(stream, HeadLength);
        using var input = new CodedInputStream(recorder, leaveOpen: true);
        var net = new NetParameter();
        try
        {
            net.MergeFrom(input);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new CaffeException(
                $"{name}: not a readable caffemodel: at byte {input.Position}: {e.Message} {Guess(recorder.Head)}", e)
            { File = name };
        }
        return net.Layer.Count > 0 || net.Layers.Count > 0
            ? net
            : throw new CaffeException(
                $"{name}: not a caffemodel: {recorder.Length} bytes without a layer. {Guess(recorder.Head)}")
            { File = name };
    }

    /// <summary>Writes a file; an old one is replaced once the new one is complete.</summary>
    public static void Write(NetParameter net, string path)
    {
        var partial = path + ".part";
        try
        {
            using (var stream = File.Create(partial))
            {
                Write(net, stream);
            }
            File.Move(partial, path, overwrite: true);
        }
        catch
        {
            File.Delete(partial);
            throw;
        }
    }

    /// <summary>Writes a stream, which stays open.</summary>
    public static void Write(NetParameter net, Stream stream) => net.WriteTo(stream);

    /// <summary>What the file may be instead, by its first bytes.</summary>
    private static string Guess(ReadOnlySpan<byte> head)
    {
        if (head.IsEmpty)
        {
            return "The file is empty.";
        }
        if (head[1..].StartsWith("HDF\r\n"u8))
        {
            return "It is an HDF5 file; save the weights in Caffe's binary format.";
        }
        if (head.StartsWith("version https://git-lfs"u8))
        {
            return "It is a Git LFS pointer, not the file itself; fetch it with 'git lfs pull'.";
        }
        var isText = !head.ContainsAnyExcept(TextBytes);
        return isText
            ? "It looks like text; weights are expected, as Caffe saves them in binary form."
            : "Expected weights as Caffe saves them in binary form; the file may be cut short: get it again.";
    }
}
