#!/usr/bin/env python3
"""Times ConvNet's layers against PyTorch with cudnn.benchmark, on the same GPU, stream and tensors, in one run.

Rows go to a CSV file as they are measured; a run that finds some goes on from there. Types of 16 bits are in
channels-last order, which is the fastest, on both sides. The CPU is compared at batch 1.
"""
import argparse
import csv
import ctypes
import math
import os
import statistics
import sys
import time

# name, transposed, channels, height, width, outputs, kernel, stride, pad, dilation, groups
SHAPES = [
    ("alexnet_1", 0, 3, 227, 227, 96, 11, 4, 0, 1, 1),
    ("alexnet_2", 0, 96, 27, 27, 256, 5, 1, 2, 1, 2),
    ("vgg_64_224", 0, 64, 224, 224, 64, 3, 1, 1, 1, 1),
    ("vgg_128_56", 0, 128, 56, 56, 256, 3, 1, 1, 1, 1),
    ("vgg_512_14", 0, 512, 14, 14, 512, 3, 1, 1, 1, 1),
    ("resnet_stem", 0, 3, 224, 224, 64, 7, 2, 3, 1, 1),
    ("resnet_64_56", 0, 64, 56, 56, 64, 3, 1, 1, 1, 1),
    ("resnet_256_56_k1", 0, 256, 56, 56, 64, 1, 1, 0, 1, 1),
    ("resnet_256_56_k1s2", 0, 256, 56, 56, 512, 1, 2, 0, 1, 1),
    ("resnet_1024_14_k1", 0, 1024, 14, 14, 256, 1, 1, 0, 1, 1),
    ("resnet_512_7", 0, 512, 7, 7, 512, 3, 1, 1, 1, 1),
    ("depthwise_256_28", 0, 256, 28, 28, 256, 3, 1, 1, 1, 256),
    ("depthwise_128_56_s2", 0, 128, 56, 56, 128, 3, 2, 1, 1, 128),
    ("resnext_512_56_g32", 0, 512, 56, 56, 512, 3, 1, 1, 1, 32),
    ("dilated_512_38x57", 0, 512, 38, 57, 512, 3, 1, 3, 3, 1),
    ("dcgan_100_1", 1, 100, 1, 1, 512, 4, 1, 0, 1, 1),
    ("dcgan_512_4", 1, 512, 4, 4, 256, 4, 2, 1, 1, 1),
    ("dcgan_512_8", 1, 512, 8, 8, 256, 4, 2, 1, 1, 1),
    ("dcgan_128_32", 1, 128, 32, 32, 64, 4, 2, 1, 1, 1),
    ("dcgan_64_32", 1, 64, 32, 32, 3, 4, 2, 1, 1, 1),
    ("unet_256_32_k2s2", 1, 256, 32, 32, 128, 2, 2, 0, 1, 1),
    ("unet_64_136_k2s2", 1, 64, 136, 136, 32, 2, 2, 0, 1, 1),
    ("fcn_34_k16s8", 1, 21, 34, 34, 21, 16, 8, 0, 1, 1),
    ("fcn_16_k64s32", 1, 21, 16, 16, 21, 64, 32, 0, 1, 1),
    ("fcn_34_k4s2_g21", 1, 21, 34, 34, 21, 4, 2, 0, 1, 21),
    ("bilinear_64_64", 1, 64, 64, 64, 64, 4, 2, 1, 1, 64),
    ("waifu2x_256_142", 1, 256, 142, 142, 3, 4, 2, 3, 1, 1),
]
BATCHES = [1, 16, 64]
TYPES = ["float32", "tf32", "float16", "bfloat16"]
# Layers that our own kernels compute too, as a device of their own, so that one can see whether they should come first.
OWN = [shape for shape in SHAPES if shape[2] == shape[5] == shape[10]]
PASSES = ["forward", "backward"]
FIELDS = ["device", "type", "batch", "shape", "pass", "convnet_us", "torch_us", "ratio", "error", "engine", "algorithm"]
# How far the two results may be from each other, as norms over a whole tensor.
MOST_ERROR = {"float32": 1e-4, "tf32": 5e-3, "float16": 5e-3, "bfloat16": 3e-2}
FLOAT32, FLOAT16, BFLOAT16 = 1, 3, 4
CPU, CUDA = 1, 2
AUTO, DIRECT = 0, 3
CHANNELS_FIRST, CHANNELS_LAST = 0, 1


class Tensor(ctypes.Structure):
    _fields_ = [("struct_size", ctypes.c_uint32), ("device_type", ctypes.c_int32), ("device_index", ctypes.c_int32),
                ("dtype", ctypes.c_int32), ("data", ctypes.c_void_p), ("shape", ctypes.POINTER(ctypes.c_int64)),
                ("strides", ctypes.c_void_p), ("rank", ctypes.c_int32), ("reserved", ctypes.c_uint32)]


class Options(ctypes.Structure):
    _lists = ["kernel", "stride", "pad", "dilation"]
    _fields_ = ([("struct_size", ctypes.c_uint32), ("bias_term", ctypes.c_int32), ("num_output", ctypes.c_int64),
                 ("group", ctypes.c_int64)] + [(name, ctypes.POINTER(ctypes.c_int64)) for name in _lists]
                + [(name + "_count", ctypes.c_uint32) for name in _lists]
                + [(name, ctypes.c_int64) for name in ["kernel_h", "kernel_w", "stride_h", "stride_w", "pad_h", "pad_w"]]
                + [(name, ctypes.c_int32) for name in ["axis", "force_nd_im2col", "engine", "accuracy",
                                                  "activation"]]
                + [("negative_slope", ctypes.c_float), ("layout", ctypes.c_int32)]
                + [("later", ctypes.c_int32 * 13)])  # room for what newer libraries add, whose defaults stay


class CudaOptions(ctypes.Structure):
    _fields_ = [("struct_size", ctypes.c_uint32), ("index", ctypes.c_int32), ("workspace_limit_bytes", ctypes.c_int64),
                ("memory_limit_bytes", ctypes.c_int64), ("deterministic", ctypes.c_int32), ("tf32", ctypes.c_int32),
                ("autotune", ctypes.c_int32), ("reserved", ctypes.c_int32)]


class Plan(ctypes.Structure):
    _fields_ = [("struct_size", ctypes.c_uint32), ("engine", ctypes.c_int32), ("engine_name", ctypes.c_char_p),
                ("forward", ctypes.c_char_p), ("backward_data", ctypes.c_char_p), ("backward_filter", ctypes.c_char_p),
                ("workspace_bytes", ctypes.c_int64)]


def sized(kind):
    value = kind()
    value.struct_size = ctypes.sizeof(kind)
    return value


class ConvNet:
    """The C interface, as far as it is needed."""

    def __init__(self, path):
        self.library = ctypes.CDLL(path)
        self.library.cn_last_error_message.restype = ctypes.c_char_p

    def call(self, name, *arguments):
        if getattr(self.library, name)(*arguments) != 0:
            raise RuntimeError(f"{name}: {self.library.cn_last_error_message().decode()}")

    def open_cuda(self, tf32):
        options, device = sized(CudaOptions), ctypes.c_void_p()
        options.tf32, options.autotune = int(tf32), 1
        options.workspace_limit_bytes = 4 << 30
        self.call("cn_device_create_cuda", ctypes.byref(device), ctypes.byref(options))
        return device

    def open_cpu(self):
        device = ctypes.c_void_p()
        self.call("cn_device_create_cpu", ctypes.byref(device), None)
        return device


class Layer:
    """A layer of ConvNet over memory of the caller, given by its address."""

    def __init__(self, convnet, device, kind, dtype, shape, batch, engine=AUTO, layout=CHANNELS_FIRST):
        self.convnet, self.kind, self.dtype, self.handle = convnet, kind, dtype, ctypes.c_void_p()
        self.layout = layout
        name, transposed, channels, height, width, outputs, kernel, stride, pad, dilation, groups = shape
        options = sized(Options)
        convnet.call("cn_convolution_options_init", ctypes.byref(options))
        options.num_output, options.group, options.engine, options.layout = outputs, groups, engine, layout
        for field, value in zip(Options._lists, [kernel, stride, pad, dilation]):
            setattr(options, field, (ctypes.c_int64 * 1)(value))
            setattr(options, field + "_count", 1)
        create = "cn_layer_create_deconvolution" if transposed else "cn_layer_create_convolution"
        convnet.call(create, ctypes.byref(self.handle), device, dtype, ctypes.byref(options))
        extents = (batch, height, width, channels) if layout == CHANNELS_LAST else (batch, channels, height, width)
        self.bottom_shape = (ctypes.c_int64 * 4)(*extents)
        convnet.call("cn_layer_reshape", self.handle, 4, self.bottom_shape)
        self.top_shape, rank = (ctypes.c_int64 * 4)(), ctypes.c_int32()
        convnet.call("cn_layer_top_shape", self.handle, self.top_shape, 4, ctypes.byref(rank))

    def close(self):
        self.convnet.call("cn_layer_destroy", self.handle)

    def torch_top_shape(self):
        """The top's extents in the order of PyTorch, which is the same for every layout."""
        batch, *others = self.top_shape
        return [batch, others[-1], *others[:-1]] if self.layout == CHANNELS_LAST else [batch, *others]

    def plan(self):
        plan = sized(Plan)
        self.convnet.call("cn_layer_get_plan", self.handle, ctypes.byref(plan))
        return plan

    def set_parameter(self, index, host_pointer, count):
        blob = ctypes.c_void_p()
        self.convnet.call("cn_layer_parameter", ctypes.byref(blob), self.handle, index)
        self.convnet.call("cn_blob_copy_from", blob, ctypes.c_void_p(host_pointer), ctypes.c_int64(count))
        self.convnet.call("cn_blob_destroy", blob)

    def tensor(self, pointer, shape):
        tensor = sized(Tensor)
        tensor.device_type, tensor.dtype, tensor.data, tensor.rank = self.kind, self.dtype, pointer, 4
        tensor.shape = shape
        return tensor

    def bind(self, x, y, dx, dy):
        """Prepares calls of forward and backward over these addresses."""
        self.x, self.y = self.tensor(x, self.bottom_shape), self.tensor(y, self.top_shape)
        self.dx, self.dy = self.tensor(dx, self.bottom_shape), self.tensor(dy, self.top_shape)
        one, by = ctypes.c_size_t(1), ctypes.byref
        library, handle = self.convnet.library, self.handle
        forward = (handle, by(self.x), one, by(self.y), one)
        backward = (handle, by(self.dy), one, by(self.x), one, by(self.dx), None)
        return {"forward": lambda: library.cn_layer_forward(*forward),
                "backward": lambda: library.cn_layer_backward(*backward)}


def time_cuda(torch, call):
    """Microseconds of a call, by events: the median of five rounds of about 10 ms."""
    for _ in range(3):
        call()
    torch.cuda.synchronize()
    begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)

    def round_of(count):
        begin.record()
        for _ in range(count):
            call()
        end.record()
        end.synchronize()
        return begin.elapsed_time(end) * 1000 / count

    count = max(3, min(1000, int(10000 / max(round_of(3), 1))))
    return statistics.median(round_of(count) for _ in range(5))


def time_cpu(call):
    call()
    times = []
    deadline = time.monotonic() + 0.3
    while len(times) < 3 or (time.monotonic() < deadline and len(times) < 100):
        begin = time.perf_counter()
        call()
        times.append((time.perf_counter() - begin) * 1e6)
    return statistics.median(times)


def is_channels_last(kind, type_name):
    return kind == CUDA and type_name in ("float16", "bfloat16")


def measure(torch, convnet, device, where, type_name, shape, batch):
    """The rows of one shape: what both need, and how far apart their results are."""
    name, transposed, channels, height, width, outputs, kernel, stride, pad, dilation, groups = shape
    kind, on = (CPU, "cpu") if where == "cpu" else (CUDA, "cuda")
    dtype = {"float16": torch.float16, "bfloat16": torch.bfloat16}.get(type_name, torch.float32)
    native = {"float16": FLOAT16, "bfloat16": BFLOAT16}.get(type_name, FLOAT32)
    torch.manual_seed(1)
    x = torch.randn(batch, channels, height, width, device=on).to(dtype)
    weight_shape = (channels, outputs // groups) if transposed else (outputs, channels // groups)
    fan = max(1, channels // groups) * kernel * kernel
    w = (torch.randn(*weight_shape, kernel, kernel, device=on) / math.sqrt(fan)).to(dtype)
    b = torch.randn(outputs, device=on).to(dtype)

    channels_last = is_channels_last(kind, type_name)
    layer = Layer(convnet, device, kind, native, shape, batch, DIRECT if where == "cuda direct" else AUTO,
                  CHANNELS_LAST if channels_last else CHANNELS_FIRST)
    try:
        for index, values in enumerate([w.cpu().contiguous(), b.cpu()]):
            layer.set_parameter(index, values.data_ptr(), values.numel())
        order = torch.channels_last if channels_last else torch.contiguous_format
        dy = torch.randn(*layer.torch_top_shape(), device=on).to(dtype)
        x, w, dy = (t.contiguous(memory_format=order) for t in (x, w, dy))
        y, dx = torch.full_like(dy, math.nan), torch.full_like(x, math.nan)
        ours = layer.bind(x.data_ptr(), y.data_ptr(), dx.data_ptr(), dy.data_ptr())

        window = ([stride] * 2, [pad] * 2, [dilation] * 2, bool(transposed), [0, 0], groups)
        theirs = {"forward": lambda: torch.ops.aten.convolution(x, w, b, *window),
                  "backward": lambda: torch.ops.aten.convolution_backward(
                      dy, x, w, [outputs], *window, [True, True, True])}
        timer = (lambda call: time_cuda(torch, call)) if kind == CUDA else time_cpu
        rows = []
        for which in PASSES:
            if ours[which]() != 0:
                raise RuntimeError(convnet.library.cn_last_error_message().decode())
            expected = theirs[which]()
            expected, actual = (expected, y) if which == "forward" else (expected[0], dx)
            error = ((actual - expected).float().norm() / expected.float().norm()).item()
            if not error <= MOST_ERROR[type_name]:
                raise RuntimeError(f"{which}: the results differ by {error:.1e}; at most {MOST_ERROR[type_name]} is right")
            ours_us, theirs_us = timer(ours[which]), timer(theirs[which])
            plan = layer.plan()
            algorithm = plan.forward if which == "forward" else plan.backward_data + b", " + plan.backward_filter
            rows.append({"device": where, "type": type_name, "batch": batch, "shape": name, "pass": which,
                         "convnet_us": f"{ours_us:.1f}", "torch_us": f"{theirs_us:.1f}",
                         "ratio": f"{theirs_us / ours_us:.3f}", "error": f"{error:.1e}",
                         "engine": plan.engine_name.decode(), "algorithm": algorithm.decode()})
        return rows
    finally:
        layer.close()


def read_rows(path):
    if not os.path.exists(path):
        return []
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def geometric_mean(values):
    return math.exp(sum(map(math.log, values)) / len(values))


def write_table(path, rows, header, missing):
    """Ratios above 1 mean that ConvNet is faster."""
    lines = [header, "",
             "| device | type | pass | shapes | by graph plans | geometric mean of PyTorch/ConvNet | least | where |",
             "| --- | --- | --- | ---: | ---: | ---: | ---: | --- |"]
    groups = {}
    for row in rows:
        groups.setdefault((row["device"], row["type"], row["pass"]), []).append(row)
    for (device, type_name, which), members in groups.items():
        least = min(members, key=lambda row: float(row["ratio"]))
        mean = geometric_mean([float(row["ratio"]) for row in members])
        by_graph = sum("graph engine" in row["algorithm"] for row in members)
        lines.append(f"| {device} | {type_name} | {which} | {len(members)} | {by_graph} | {mean:.3f} | {least['ratio']} | "
                     f"{least['shape']}, batch {least['batch']} |")
    if missing:
        lines += ["", f"{missing} combinations were not measured in the time there was; run again to go on."]
    with open(path, "w") as file:
        file.write("\n".join(lines) + "\n")
    print("\n".join(lines))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--library", required=True, help="libconvnet.so")
    parser.add_argument("--csv", required=True, help="rows, read and added to")
    parser.add_argument("--table", required=True, help="the summary, as Markdown")
    parser.add_argument("--seconds", type=float, default=450, help="begin no shape after this time")
    arguments = parser.parse_args()

    import torch  # here, so that the rest can be looked at without it
    torch.backends.cudnn.benchmark = True
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False
    convnet = ConvNet(arguments.library)
    deadline = time.monotonic() + arguments.seconds
    rows = read_rows(arguments.csv)
    done = {(row["device"], row["type"], int(row["batch"]), row["shape"]) for row in rows}
    work = [("cuda", kind, batch, shape) for batch in BATCHES for kind in TYPES for shape in SHAPES]
    work += [("cuda direct", kind, batch, shape) for batch in BATCHES for kind in TYPES if kind != "tf32" for shape in OWN]
    work += [("cpu", "float32", 1, shape) for shape in SHAPES]
    missing, failed = 0, 0
    devices = {}
    with open(arguments.csv, "a", newline="") as file:
        writer = csv.DictWriter(file, FIELDS)
        if not rows:
            writer.writeheader()
        for on, kind, batch, shape in work:
            if (on, kind, batch, shape[0]) in done:
                continue
            if time.monotonic() > deadline:
                missing += 1
                continue
            key = (on, kind == "tf32")
            if key not in devices:
                devices[key] = convnet.open_cpu() if on == "cpu" else convnet.open_cuda(key[1])
                if on != "cpu":
                    stream = ctypes.c_void_p(torch.cuda.current_stream().cuda_stream)
                    convnet.call("cn_device_set_stream", devices[key], stream)
            torch.backends.cudnn.allow_tf32 = kind == "tf32"
            try:
                found = measure(torch, convnet, devices[key], on, kind, shape, batch)
            except (RuntimeError, torch.cuda.OutOfMemoryError) as error:
                print(f"{on} {kind} batch {batch} {shape[0]}: {error}")
                failed += 1
                continue
            for row in found:
                writer.writerow(row)
                print(" ".join(str(row[field]) for field in FIELDS))
            file.flush()
            rows += found
    name = torch.cuda.get_device_name(0)
    header = (f"{name}, {time.strftime('%Y-%m-%d')}: PyTorch {torch.__version__}, CUDA {torch.version.cuda}, "
              f"cuDNN {torch.backends.cudnn.version()}, cudnn.benchmark = True; ConvNet autotuned")
    write_table(arguments.table, rows, header, missing + failed)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
