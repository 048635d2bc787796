// Device memory that autotuning borrows.
#pragma once

#include <utility>

#include "engines/cudnn/problem.hpp"

namespace convnet::cudnn {

class Scratch {
public:
    Scratch(const cn_cuda_allocator& allocator, std::int64_t bytes)
        : allocator_(allocator),
          data_(bytes > 0 ? allocator.allocate(allocator.context, bytes) : nullptr),
          bytes_(data_ != nullptr ? bytes : 0) {}
    Scratch(Scratch&& other) noexcept
        : allocator_(other.allocator_), data_(std::exchange(other.data_, nullptr)), bytes_(other.bytes_) {}
    Scratch& operator=(Scratch&&) = delete;
    ~Scratch() {
        if (data_ != nullptr) {
            allocator_.deallocate(allocator_.context, data_, bytes_);
        }
    }

    void* data() const noexcept { return data_; }
    std::int64_t bytes() const noexcept { return bytes_; }  ///< 0 when there was no memory.

private:
    cn_cuda_allocator allocator_;
    void* data_;
    std::int64_t bytes_;
};

/// Tensors of a problem's extents, with whatever is in them.
struct ScratchTensors {
    ScratchTensors(const cn_cuda_allocator& allocator, const Sizes& bytes)
        : x(allocator, bytes.x), y(allocator, bytes.y), w(allocator, bytes.w), bias(allocator, bytes.bias) {}

    bool complete() const noexcept {
        return x.data() != nullptr && y.data() != nullptr && w.data() != nullptr && bias.data() != nullptr;
    }

    Scratch x, y, w, bias;
};

}  // namespace convnet::cudnn
