/* A C11 program over the C interface. It links every function that the headers declare: the list is made of them. */
#include <convnet/convnet.h>

#include <stdio.h>

/* Defines a table of all functions: name and address. */
typedef struct function {
    const char* name;
    void (*address)(void);
} function;

static const function functions[] = {
#define FUNCTION(name) {#name, (void (*)(void))name},
#include "api_functions.inc"
#undef FUNCTION
};

static int fail(const char* what) {
    fprintf(stderr, "%s: %s (%s)\n", what, cn_last_error_message(), cn_last_error_argument());
    return 1;
}

int main(void) {
    size_t count = sizeof functions / sizeof functions[0];
    for (size_t i = 0; i < count; ++i) {
        if (functions[i].address == NULL) {
            return fail(functions[i].name);
        }
    }

    const int64_t kernel[] = {3};
    cn_convolution_options options = {.struct_size = sizeof options};
    if (cn_convolution_options_init(&options) != CN_OK) {
        return fail("options");
    }
    options.num_output = 1;
    options.kernel = kernel;
    options.kernel_count = 1;
    cn_device* device = NULL;
    cn_layer* layer = NULL;
    if (cn_device_create_cpu(&device, NULL) != CN_OK ||
        cn_layer_create_convolution(&layer, device, CN_FLOAT32, &options) != CN_OK) {
        return fail("create");
    }
    const int64_t shape[] = {1, 1, 3, 3}, top_shape[] = {1, 1, 1, 1};
    if (cn_layer_reshape(layer, 4, shape) != CN_OK) {
        return fail("reshape");
    }
    cn_blob* weights = NULL;
    const float ones[9] = {1, 1, 1, 1, 1, 1, 1, 1, 1};
    if (cn_layer_parameter(&weights, layer, 0) != CN_OK || cn_blob_copy_from(weights, ones, 9) != CN_OK) {
        return fail("weights");
    }
    float x[9] = {1, 2, 3, 4, 5, 6, 7, 8, 9}, y = 0;
    cn_tensor bottom = {sizeof bottom, CN_DEVICE_CPU, 0, CN_FLOAT32, x, shape, NULL, 4, 0};
    cn_tensor top = {sizeof top, CN_DEVICE_CPU, 0, CN_FLOAT32, &y, top_shape, NULL, 4, 0};
    if (cn_layer_forward(layer, &bottom, 1, &top, 1) != CN_OK) {
        return fail("forward");
    }
    if (cn_blob_destroy(weights) != CN_OK || cn_layer_destroy(layer) != CN_OK || cn_device_destroy(device) != CN_OK) {
        return fail("destroy");
    }
    printf("%zu functions; 1 + ... + 9 is %g\n", count, (double)y);
    return y == 45 ? 0 : 1;
}
