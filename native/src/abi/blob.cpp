#include "convnet/blob.h"

#include "abi/arguments.hpp"
#include "abi/guard.hpp"
#include "abi/handles.hpp"
#include "layers/filler.hpp"

using namespace convnet;
using abi::guard;
using abi::object_of;

static_assert(static_cast<int>(DataType::float32) == CN_FLOAT32);
static_assert(static_cast<int>(DataType::float64) == CN_FLOAT64);
static_assert(static_cast<int>(DataType::float16) == CN_FLOAT16);
static_assert(static_cast<int>(DataType::bfloat16) == CN_BFLOAT16);
static_assert(static_cast<int>(FillerType::constant) == CN_FILLER_CONSTANT);
static_assert(static_cast<int>(FillerType::bilinear) == CN_FILLER_BILINEAR);
static_assert(static_cast<int>(VarianceNorm::fan_in) == CN_VARIANCE_FAN_IN);
static_assert(static_cast<int>(VarianceNorm::average) == CN_VARIANCE_AVERAGE);
static_assert(max_axes == CN_MAX_AXES);
static_assert(max_spatial_axes == CN_MAX_SPATIAL_AXES);

namespace {

/// Checks what is copied from or to, `memory`, which is called `argument`.
void check_copy(const Blob& blob, const void* memory, const char* argument, int64_t count) {
    require(memory != nullptr, argument, argument, " is NULL");
    require(count == blob.shape().count(), "count", "count is ", count, ", but the blob has ", blob.shape().count(),
            " elements (", blob.shape().to_string(), ")");
}

void check_apart(const Blob& blob, const void* memory, const char* argument, const void* own) {
    require(!overlap(memory, blob.bytes(), own, blob.bytes()), argument, argument,
            " overlaps the blob; give it memory of its own");
}

}  // namespace

int32_t cn_blob_create(cn_blob** blob, cn_device* device, int32_t dtype, int32_t rank, const int64_t* shape) {
    return abi::guard_create(blob, "blob", [&] {
        return std::make_shared<Blob>(object_of(device, "device"), abi::to_data_type(dtype),
                                      abi::to_shape(rank, shape));
    });
}

int32_t cn_blob_destroy(cn_blob* blob) {
    return abi::guard_keeping_last_error([&] { abi::destroy(blob, "blob"); });
}

int32_t cn_blob_reshape(cn_blob* blob, int32_t rank, const int64_t* shape) {
    return guard([&] { object_of(blob, "blob")->reshape(abi::to_shape(rank, shape)); });
}

int32_t cn_blob_data(const cn_blob* blob, cn_tensor* tensor) {
    return guard([&] {
        const Blob& object = *object_of(blob, "blob");
        abi::check_struct(tensor, "tensor");
        abi::write_tensor(tensor, object.device(), object.type(), object.shape(), object.data());
    });
}

int32_t cn_blob_mutable_data(cn_blob* blob, cn_tensor* tensor) {
    return guard([&] {
        Blob& object = *object_of(blob, "blob");
        abi::check_struct(tensor, "tensor");
        abi::write_tensor(tensor, object.device(), object.type(), object.shape(), object.mutable_data());
    });
}

int32_t cn_blob_copy_from(cn_blob* blob, const void* source, int64_t count) {
    return guard([&] {
        Blob& object = *object_of(blob, "blob");
        check_copy(object, source, "source", count);
        check_apart(object, source, "source", object.data());
        object.copy_from_host(source);
    });
}

int32_t cn_blob_copy_to(const cn_blob* blob, void* destination, int64_t count) {
    return guard([&] {
        const Blob& object = *object_of(blob, "blob");
        check_copy(object, destination, "destination", count);
        check_apart(object, destination, "destination", object.data());
        object.device().copy_to_host(destination, object.data(), object.bytes());
    });
}

int32_t cn_blob_copy_diff_from(cn_blob* blob, const void* source, int64_t count) {
    return guard([&] {
        Blob& object = *object_of(blob, "blob");
        check_copy(object, source, "source", count);
        check_apart(object, source, "source", object.diff());
        object.device().copy_from_host(object.diff(), source, object.bytes());
    });
}

int32_t cn_blob_copy_diff_to(cn_blob* blob, void* destination, int64_t count) {
    return guard([&] {
        Blob& object = *object_of(blob, "blob");
        check_copy(object, destination, "destination", count);
        check_apart(object, destination, "destination", object.diff());
        object.device().copy_to_host(destination, object.diff(), object.bytes());
    });
}

int32_t cn_blob_diff(cn_blob* blob, cn_tensor* tensor) {
    return guard([&] {
        Blob& object = *object_of(blob, "blob");
        abi::check_struct(tensor, "tensor");
        abi::write_tensor(tensor, object.device(), object.type(), object.shape(), object.diff());
    });
}

int32_t cn_blob_clear_diff(cn_blob* blob) {
    return guard([&] { object_of(blob, "blob")->clear_diff(); });
}

int32_t cn_filler_init(cn_filler* filler) {
    return guard([&] {
        abi::check_struct(filler, "filler");
        const Filler defaults;
        filler->type = static_cast<int32_t>(defaults.type);
        filler->variance_norm = static_cast<int32_t>(defaults.variance_norm);
        filler->sparse = defaults.sparse;
        filler->value = defaults.value;
        filler->min = defaults.min;
        filler->max = defaults.max;
        filler->mean = defaults.mean;
        filler->std = defaults.std;
        filler->seed = defaults.seed;
    });
}

int32_t cn_blob_fill(cn_blob* blob, const cn_filler* filler) {
    return guard([&] {
        Blob& object = *object_of(blob, "blob");
        abi::check_struct(filler, "filler");
        fill(object,
             {static_cast<FillerType>(filler->type), static_cast<VarianceNorm>(filler->variance_norm), filler->sparse,
              filler->value, filler->min, filler->max, filler->mean, filler->std, filler->seed});
    });
}
