// Each thing that a CUDA device needs and that may not be there: one clear message, with the way to mend it.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <string>

#include "plugin/cuda/driver.hpp"

namespace {

/// What the probe prints with these variables set.
std::string probe(const std::string& environment, const std::string& arguments = "") {
    const std::string command = "env " + environment + " '" CUDA_PROBE "' " + arguments + " 2>&1";
    std::string output;
    FILE* const pipe = popen(command.c_str(), "r");
    if (pipe == nullptr) {
        return "cannot run " + command;
    }
    std::array<char, 512> buffer;
    while (std::fgets(buffer.data(), buffer.size(), pipe) != nullptr) {
        output += buffer.data();
    }
    pclose(pipe);
    std::printf("%s", output.c_str());
    return output;
}

std::string emulated(const std::string& scenario, const std::string& arguments = "",
                     const std::string& cudnn = FAKE_CUDNN) {
    return probe(
        "CONVNET_CUDA_PLUGIN='" CUDA_EMULATED "' CONVNET_EMULATED_CUDA=" + scenario + " CONVNET_CUDNN='" + cudnn + "'",
        arguments);
}

void expect_words(const std::string& message, std::initializer_list<const char*> words) {
    for (const char* word : words) {
        EXPECT_NE(message.find(word), std::string::npos) << "\"" << word << "\" is missing in: " << message;
    }
}

TEST(CudaAbsence, everything_is_there) { EXPECT_EQ(emulated("yes"), "CN_OK\n"); }

TEST(CudaAbsence, no_plugin) {
    expect_words(probe("CONVNET_CUDA_PLUGIN=/nowhere/libconvnet_cuda.so"),
                 {"CN_UNSUPPORTED", "could not be loaded", "beside the library", "CONVNET_CUDA_PLUGIN",
                  "/nowhere/libconvnet_cuda.so"});
#if defined(__linux__) && defined(__x86_64__)
    expect_words(probe("CONVNET_CUDA_PLUGIN=/nowhere"), {"add the package ConvNet.Native.Cuda12.linux-x64"});
#endif
}

TEST(CudaAbsence, another_library_than_the_plugin) {
    expect_words(probe("CONVNET_CUDA_PLUGIN='" CUDA_NO_PLUGIN "'"),
                 {"CN_UNSUPPORTED", "is not a CUDA plug-in", "convnet_cuda_exchange"});
}

TEST(CudaAbsence, plugin_of_another_release) {
    expect_words(emulated("other-version"), {"CN_UNSUPPORTED", "version", "install both from one release"});
}

TEST(CudaAbsence, no_driver) {
    expect_words(emulated("no-driver"), {"CN_UNSUPPORTED", "no NVIDIA driver was found", "install the GPU's driver"});
}

TEST(CudaAbsence, driver_too_old) {
    expect_words(emulated("old-driver"),
                 {"CN_UNSUPPORTED", "driver is too old", "CUDA 11.4", "CUDA 12.4", "install a driver for CUDA 12.0"});
}

TEST(CudaAbsence, no_device) {
    expect_words(emulated("no-device"), {"CN_UNSUPPORTED", "there is no CUDA device", "CUDA_VISIBLE_DEVICES"});
}

TEST(CudaAbsence, no_such_device) {
    expect_words(emulated("yes", "7"), {"CN_INVALID_ARGUMENT", "index is 7", "0 to 0"});
    expect_words(emulated("yes", "-1"), {"CN_INVALID_ARGUMENT", "index is -1"});
}

// What is wrong with cuDNN itself is tested with its engine; here is what reaches a user of the C interface.
TEST(CudaAbsence, no_cudnn) {
    expect_words(emulated("yes", "", "/nowhere"),
                 {"CN_UNSUPPORTED", "engine cudnn cannot compute", "cuDNN 9 could not be loaded from /nowhere",
                  "correct CONVNET_CUDNN"});
}

TEST(CudaAbsence, cudnn_of_another_major_version) {
    expect_words(emulated("yes", "", FAKE_CUDNN_8),
                 {"CN_UNSUPPORTED", "cuDNN 8.9.7 was found, but ConvNet needs version 9", "install cuDNN 9"});
}

TEST(CudaAbsence, driver_that_fails_for_another_reason) {
    expect_words(convnet::plugin::explain_no_driver(12020, 12040, "unknown error"),
                 {"for CUDA 12.2", "gives no device", "unknown error", "nvidia-smi"});
}

#if defined(CUDA_PLUGIN)
// The real plug-in, with its CUDA runtime: here it finds a device, or says that there is no driver.
TEST(CudaAbsence, real_plugin_says_what_is_missing) {
    const std::string message = probe("CONVNET_CUDA_PLUGIN='" CUDA_PLUGIN "'");
    if (message == "CN_OK\n" || message.find("engine cudnn cannot compute") != std::string::npos) {
        GTEST_SKIP() << "there is a CUDA device";
    }
    expect_words(message, {"CN_UNSUPPORTED", "no NVIDIA driver was found"});
}
#endif

}  // namespace
