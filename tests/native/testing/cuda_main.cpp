// The main of test programs that need a CUDA device.
#include <gtest/gtest.h>

#include <cstdio>

#include "devices/cuda/cuda_plugin.hpp"
#include "geometry/error.hpp"

int main(int count, char** arguments) {
    testing::InitGoogleTest(&count, arguments);
    try {
        std::printf("on %s\n", convnet::cuda::device(0).name.c_str());
    } catch (const convnet::Error& error) {
        std::printf("skipped: %s\n", error.what());
        return 77;  // which CTest is told to take for skipped
    }
    return RUN_ALL_TESTS();
}
