#!/usr/bin/env bash
# Checks and measures ConvNet on a machine with an NVIDIA GPU, in three stages of less than nine minutes each:
#
#   scripts/gpu-check.sh parity    builds the plug-in, and runs every test of CUDA devices
#   scripts/gpu-check.sh sanitize  runs compute-sanitizer, memcheck and racecheck, over a small set
#   scripts/gpu-check.sh bench     times the layers against PyTorch; also parity's build, where it is missing
#   scripts/gpu-check.sh           all three
#
# It needs nvcc 12 or newer, CMake 3.22, a compiler with C++20 and, for bench, Python with PyTorch; neither a network nor
# root. What artifacts/gpu-check brings (scripts/gpu-pack.sh) is taken where the machine lacks it. A stage that is
# repeated goes on from what is built. Each leaves one file STAGE.txt, and bench its tables, in $OUT or
# artifacts/gpu-results.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly brought=artifacts/gpu-check
readonly build=artifacts/cmake/gpu
readonly library_dir=$PWD/artifacts/native/gpu
readonly results=${OUT:-$PWD/artifacts/gpu-results}
readonly stage_seconds=530

say() { printf '\n== %s\n' "$*"; }
die() { printf 'gpu-check.sh: %s\n' "$*" >&2; exit 1; }

nvcc_path() { command -v nvcc || { [[ -x /usr/local/cuda/bin/nvcc ]] && echo /usr/local/cuda/bin/nvcc; }; }

# What the results are of.
describe_machine() {
    say "$(date -u +%Y-%m-%d) $(git rev-parse --short HEAD 2>/dev/null || echo 'no git')"
    nvidia-smi --query-gpu=name,memory.total,driver_version,compute_cap --format=csv,noheader
    "$(nvcc_path)" --version | sed -n 's/.*release/nvcc release/p'
    g++ --version | head -n 1
}

# Folders where Python's packages keep NVIDIA's libraries, for machines that have no others.
python_libraries() {
    python3 - <<'PYTHON' 2>/dev/null || true
import glob, os, sysconfig
print(":".join(sorted(glob.glob(os.path.join(sysconfig.get_paths()["purelib"], "nvidia", "*", "lib")))))
PYTHON
}

# The folder of Python's cuDNN, which has its header, too.
python_cudnn() { python3 -c 'import sysconfig; print(sysconfig.get_paths()["purelib"] + "/nvidia/cudnn")' 2>/dev/null || true; }

use_libraries() {
    local more
    more=$(python_libraries)
    export LD_LIBRARY_PATH=${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}${more:+$more:}$(dirname "$(dirname "$(nvcc_path)")")/lib64
    export CONVNET_CUDA_PLUGIN=$library_dir/libconvnet_cuda.so
    export CONVNET_NATIVE_PATH=$library_dir
}

build_native() {
    local capability generator=() googletest=()
    capability=$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader | head -n 1 | tr -d '.')
    command -v ninja >/dev/null && generator=(-G Ninja)
    if [[ -f $brought/googletest.tar.xz ]]; then
        mkdir -p "$brought/googletest"
        tar -C "$brought/googletest" -xJf "$brought/googletest.tar.xz"
        googletest=(-DCONVNET_GTEST_SOURCE="$PWD/$brought/googletest")
    fi
    CUDNN_PATH=${CUDNN_PATH:-$(python_cudnn)} CUDA_PATH=${CUDA_PATH:-$(dirname "$(dirname "$(nvcc_path)")")} \
        cmake -S . -B "$build" "${generator[@]}" -DCMAKE_BUILD_TYPE=Release -DCONVNET_TESTS=ON -DCONVNET_CUDA=ON \
        -DCONVNET_WERROR=OFF \
        -DCONVNET_OUTPUT="$library_dir" -DCMAKE_CUDA_COMPILER="$(nvcc_path)" \
        -DCONVNET_CUDA_ARCHITECTURES="$capability-real" "${googletest[@]}"
    cmake --build "$build" --parallel --target convnet convnet_cuda "$@"
}

parity() {
    build_native convnet_plugin_tests convnet_cuda_tests convnet_cuda_abi_tests convnet_cuda_parity_tests parity_reference
    use_libraries
    local program failed=0
    say "native tests"
    ctest --test-dir "$build" --output-on-failure -R 'parity_reference|convnet_plugin_tests' || failed=1
    # Not by CTest, which takes a program that finds no device for one that was skipped.
    for program in convnet_cuda_tests convnet_cuda_abi_tests convnet_cuda_parity_tests; do
        "$build/bin/$program" --gtest_brief=1 || failed=1
    done
    say "C# tests"
    if [[ -f $brought/managed-tests.tar.xz ]]; then
        mkdir -p "$brought/managed-tests"
        tar -C "$brought/managed-tests" -xJf "$brought/managed-tests.tar.xz"
        cp "$library_dir/libconvnet.so" "$brought/managed-tests"
        DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 "$brought/managed-tests/ConvNet.Managed.Tests" test || failed=1
    else
        echo "not run: $brought/managed-tests.tar.xz is missing (scripts/gpu-pack.sh makes it)"
        failed=1
    fi
    return "$failed"
}

sanitize() {
    build_native convnet_cuda_tests convnet_cuda_parity_tests parity_reference
    use_libraries
    local sanitizer tool failed=0 small='*conv_2d_k*_on_gemm_float32*:*conv_2d_k*_on_cudnn_float16_channels_last:*conv_caffe_simple*_on_autotuned*'
    small+=':*depthwise*_f32_on_direct_float*:*bilinear*_f32_on_direct_float*'
    sanitizer=$(command -v compute-sanitizer || echo "$(dirname "$(nvcc_path)")/compute-sanitizer")
    [[ -x $sanitizer ]] || die "compute-sanitizer is not there; it comes with CUDA's toolkit"
    ctest --test-dir "$build" -R parity_reference
    for tool in memcheck racecheck; do
        say "$tool"
        timeout 120 "$sanitizer" --tool "$tool" --error-exitcode 9 "$build/bin/convnet_cuda_tests" || failed=1
        timeout 120 "$sanitizer" --tool "$tool" --error-exitcode 9 "$build/bin/convnet_cuda_parity_tests" \
            --gtest_filter="$small" --gtest_brief=1 || failed=1
    done
    return "$failed"
}

bench() {
    build_native
    use_libraries
    python3 -c 'import torch; print("PyTorch", torch.__version__)' || die "PyTorch is missing, which is compared with"
    python3 scripts/gpu_bench.py --library "$library_dir/libconvnet.so" --csv "$results/bench.csv" \
        --table "$results/bench.md" --seconds 450
}

run_stage() {
    mkdir -p "$results"
    local status=0
    # A stage runs in a shell of its own, so that its time has an end.
    { describe_machine && timeout "$stage_seconds" bash "$0" --inside "$1"; } > "$results/$1.txt" 2>&1 || status=$?
    tail -n 40 "$results/$1.txt"
    (( status )) && echo "$1: failed with $status" | tee -a "$results/$1.txt" || echo "$1: passed" | tee -a "$results/$1.txt"
    return "$status"
}

main() {
    if [[ ${1:-} == --inside ]]; then
        "$2"
        return
    fi
    command -v nvidia-smi >/dev/null || die "there is no NVIDIA driver here (nvidia-smi)"
    nvcc_path >/dev/null || die "nvcc is missing: install a CUDA toolkit, 12 or newer"
    case ${1:-all} in
        parity | sanitize | bench) run_stage "$1" ;;
        all)
            local stage failed=0
            for stage in parity sanitize bench; do
                run_stage "$stage" || failed=1
            done
            return "$failed"
            ;;
        *) die "there is no stage $1; they are parity, sanitize and bench" ;;
    esac
}

main "$@"
