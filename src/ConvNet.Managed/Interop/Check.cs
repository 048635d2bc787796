using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;

namespace ConvNet.Interop;

/// <summary>
/// What must be checked on this side of the boundary, because the native library sees only pointers: lengths, shapes
/// and strides of the caller's memory. Whether passes write where they read is checked there. Throwing is out of line.
/// </summary>
[StackTraceHidden]
internal static class Check
{
    /// <summary>A span must have exactly as many elements as a shape.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Length(int length, Shape shape, string name)
    {
        if (length != shape.Count)
        {
            ThrowLength(length, shape, name);
        }
    }

    /// <summary>A dense tensor span has as many elements as a shape of its lengths.</summary>
    /// <remarks>An empty tensor span of rank 0 has none, unlike a shape of rank 0.</remarks>
    public static void Length(nint length, Shape shape, string name)
    {
        if (length != shape.Count)
        {
            ThrowLength(length, shape, name);
        }
    }

    /// <summary>Memory that is written must not overlap memory that is read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void NoOverlap<T>(T* output, long outputCount, string outputName, T* input, long inputCount,
        string inputName)
        where T : unmanaged
    {
        if (output < input + inputCount && input < output + outputCount)
        {
            ThrowOverlap(outputName, inputName);
        }
    }

    /// <summary>Layers take dense tensor spans only.</summary>
    public static void Dense<T>(in ReadOnlyTensorSpan<T> tensor, string name)
    {
        long expected = 1;
        for (int axis = tensor.Rank - 1; axis >= 0; axis--)
        {
            // The stride of an axis of length 1 is never used, and tensor spans set it to 0.
            nint length = tensor.Lengths[axis];
            if (length != 1 && tensor.Strides[axis] != expected)
            {
                ThrowStrides(tensor.Lengths, tensor.Strides, name);
            }

            expected *= length;
        }
    }

    /// <summary>A tensor span must have a given shape.</summary>
    public static void HasShape(ReadOnlySpan<nint> lengths, Shape shape, string name)
    {
        if (!IsShape(lengths, shape))
        {
            throw new ArgumentException(
                $"{name} has lengths [{string.Join(", ", lengths.ToArray())}]; the layer needs shape {shape}.", name);
        }
    }

    /// <summary>A blob must have a given shape.</summary>
    public static void HasShape(Shape actual, Shape shape, string name)
    {
        if (!actual.Equals(shape))
        {
            throw new ArgumentException(
                $"{name} has shape {actual.Describe()}; the layer needs {shape.Describe()}.", name);
        }
    }

    /// <summary>Whether a tensor span has a shape.</summary>
    public static bool IsShape(ReadOnlySpan<nint> lengths, Shape shape)
    {
        ReadOnlySpan<long> extents = shape.AsSpan();
        if (lengths.Length != extents.Length)
        {
            return false;
        }

        for (int axis = 0; axis < extents.Length; axis++)
        {
            if (lengths[axis] != extents[axis])
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>A blob must be where a layer computes; several devices of one processor or GPU share its memory.</summary>
    public static void SameDevice(Device actual, Device expected, string name)
    {
        if (actual.NativeType != expected.NativeType || actual.NativeIndex != expected.NativeIndex)
        {
            throw new ArgumentException(
                $"{name} is on {actual}, but the layer computes on {expected}; copy its values to a blob there.", name);
        }
    }

    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ThrowLength(long length, Shape shape, string name) =>
        throw new ArgumentException($"{name} has {length} elements; shape {shape.Describe()} needs {shape.Count}.", name);

    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ThrowOverlap(string outputName, string inputName) =>
        throw new ArgumentException(
            $"{outputName} overlaps {inputName}; what is written must not share memory with what is read.", outputName);

    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ThrowStrides(ReadOnlySpan<nint> lengths, ReadOnlySpan<nint> strides, string name) =>
        throw new ArgumentException(
            $"{name} is not dense: lengths [{string.Join(", ", lengths.ToArray())}] with strides " +
            $"[{string.Join(", ", strides.ToArray())}]. Copy it to a dense tensor first.", name);
}
