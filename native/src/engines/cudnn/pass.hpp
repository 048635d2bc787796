// The three passes of a convolution, which cuDNN has as three sets of functions.
#pragma once

#include "engines/cudnn/descriptors.hpp"

namespace convnet::cudnn {

/// Numbered as in the plug-in's tables.
enum class Pass : int {
    forward = CN_CUDA_FORWARD,
    backward_data = CN_CUDA_BACKWARD_DATA,
    backward_filter = CN_CUDA_BACKWARD_FILTER,
};

inline constexpr Pass passes[] = {Pass::forward, Pass::backward_data, Pass::backward_filter};

const char* name_of(Pass pass) noexcept;

/// What is done to the result of a pass: nothing to the gradient of the weights.
enum class Epilogue : int {
    none = CN_CUDA_NO_EPILOGUE,
    bias = CN_CUDA_BIAS,
    bias_and_relu = CN_CUDA_BIAS_AND_RELU,
};

/// A pass with what comes after it.
struct Work {
    constexpr Work(Pass of_pass, Epilogue before = Epilogue::none) : pass(of_pass), epilogue(before) {}

    Pass pass;
    Epilogue epilogue;
};

/// What ConvNet knows of an algorithm.
struct Algorithm {
    const char* name;
    bool plain_sum;             ///< It only adds up products, in some order: neither Winograd nor Fourier.
    bool deterministic = true;  ///< It gives the same bits every time.
};

/// The algorithm of a pass that cuDNN numbers so, of static lifetime; null when ConvNet does not know it.
const Algorithm* find_algorithm(Pass pass, int number) noexcept;

/// What cuDNN is asked about.
struct Question {
    Pass pass;
    api::Handle handle;
    const Descriptors& descriptors;
    api::Convolution convolution;
};

/// Forward reads x and w and writes y, backward data w, dy and dx, backward filter x, dy and dw.
struct Operands {
    const void *first, *second;
    void* result;
};

struct Workspace {
    void* data;
    std::size_t bytes;
};

/// Algorithms in the order in which cuDNN expects them to be fast. Returns how many there are.
api::Status guess(const Question& question, int capacity, int* count, api::Performance* performances);

api::Status workspace_bytes(const Question& question, int algorithm, std::size_t* bytes);

/// Runs the pass: result = alpha * pass + beta * result.
api::Status compute(const Question& question, const Operands& operands, const Workspace& workspace, int algorithm,
                    const void* alpha, const void* beta);

}  // namespace convnet::cudnn
