/* Opens CUDA device 0, or the one that its argument names, and a layer of cuDNN, and prints what it is told. */
#include <stdio.h>
#include <stdlib.h>

#include "convnet/convnet.h"

static int failed(int32_t status) {
    if (status != CN_OK) {
        printf("%s: %s\n", cn_status_name(status), cn_last_error_message());
    }
    return status != CN_OK;
}

int main(int count, char** arguments) {
    const int64_t kernel = 3, shape[4] = {1, 1, 8, 8};
    cn_cuda_options device_options = {0};
    cn_convolution_options options = {0};
    cn_device* device = NULL;
    cn_layer* layer = NULL;

    device_options.struct_size = sizeof device_options;
    device_options.index = count > 1 ? atoi(arguments[1]) : 0;
    if (failed(cn_device_create_cuda(&device, &device_options))) {
        return 0;
    }
    options.struct_size = sizeof options;
    cn_convolution_options_init(&options);
    options.num_output = 1;
    options.kernel = &kernel;
    options.kernel_count = 1;
    options.engine = CN_ENGINE_CUDNN;
    if (!failed(cn_layer_create_convolution(&layer, device, CN_FLOAT32, &options)) &&
        !failed(cn_layer_reshape(layer, 4, shape))) {
        printf("CN_OK\n");
    }
    cn_layer_destroy(layer);
    cn_device_destroy(device);
    return 0;
}
