/* Test only: the forward pass in a loop, without a managed call in between. What a managed loop takes more than
 * this is what the managed layer costs. */
#include <convnet/convnet.h>

CN_API int32_t cnt_forward_loop(cn_layer* layer, const cn_tensor* bottoms, const cn_tensor* tops, int64_t iterations);

int32_t cnt_forward_loop(cn_layer* layer, const cn_tensor* bottoms, const cn_tensor* tops, int64_t iterations) {
    for (int64_t i = 0; i < iterations; ++i) {
        const int32_t status = cn_layer_forward(layer, bottoms, 1, tops, 1);
        if (status != CN_OK) {
            return status;
        }
    }
    return CN_OK;
}
