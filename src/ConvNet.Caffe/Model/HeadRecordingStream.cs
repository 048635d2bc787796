namespace ConvNet.Caffe.Model;

/// <summary>Reads another stream and remembers how it began and how much of it was read.</summary>
internal sealed class HeadRecordingStream(Stream source, int headLength) : Stream
{
    private readonly byte[] _head = new byte[headLength];
    private long _length;

    /// <summary>The first bytes that were read.</summary>
    public ReadOnlySpan<byte> Head => _head.AsSpan(0, (int)Math.Min(_length, _head.Length));

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    /// <summary>How many bytes were read.</summary>
    public override long Length => _length;

    public override long Position
    {
        get => _length;
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        var read = source.Read(buffer, offset, count);
        if (_length < _head.Length)
        {
            var kept = (int)Math.Min(read, _head.Length - _length);
            buffer.AsSpan(offset, kept).CopyTo(_head.AsSpan((int)_length));
        }
        _length += read;
        return read;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
