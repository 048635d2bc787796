# Part of build.sh: the CUDA plug-in.

# find_cuda_toolkit: the folder of the CUDA toolkit that is named, installed or was fetched before; fails without one.
find_cuda_toolkit() {
    local nvcc fetched=${XDG_CACHE_HOME:-$HOME/.cache}/convnet
    if [[ -n ${CUDAToolkit_ROOT:-} ]]; then
        echo "$CUDAToolkit_ROOT"
        return
    fi
    for nvcc in "$(command -v nvcc || true)" /usr/local/cuda/bin/nvcc "$fetched"/cuda-12*/bin/nvcc; do
        [[ ! -x $nvcc ]] || { dirname "$(dirname "$(readlink -f "$nvcc")")"; return; }
    done
    return 1
}

# configure_cuda TOOLKIT: as configure_release, with the plug-in; for all GPUs, unless CONVNET_CUDA_ARCHITECTURES names some.
configure_cuda() {
    local architectures=(-UCONVNET_CUDA_ARCHITECTURES)
    [[ -z ${CONVNET_CUDA_ARCHITECTURES:-} ]] || architectures=(-DCONVNET_CUDA_ARCHITECTURES="$CONVNET_CUDA_ARCHITECTURES")
    configure_release -DCONVNET_CUDA=ON -DCUDAToolkit_ROOT="$1" -DCMAKE_CUDA_COMPILER="$1/bin/nvcc" \
        -DCMAKE_CUDA_HOST_COMPILER="${CUDAHOSTCXX:-g++}" "${architectures[@]}"
}

build_cuda() {
    need_native_tools
    local toolkit
    toolkit=$(find_cuda_toolkit || scripts/install-cuda-toolkit.sh)
    say "CUDA plug-in, with $toolkit"
    configure_cuda "$toolkit"
    cmake --build "$cmake_dir" --target convnet_cuda convnet_plugin_tests convnet_cuda_tests convnet_cuda_abi_tests \
        convnet_cudnn_tests convnet_cuda_parity_tests parity_reference
    # Those with an emulated device need no plug-in, and are among all tests.
    say "tests of the CUDA plug-in"
    ctest --test-dir "$cmake_dir" --output-on-failure --timeout 900 -R 'cuda|plugin|cudnn' -E emulated
}
