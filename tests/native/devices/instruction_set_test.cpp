// Which kernels are chosen, and that the environment is obeyed or contradicted.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "geometry/error.hpp"
#include "testing/core_layers.hpp"
#include "testing/processor.hpp"

using namespace convnet;
using namespace testing_support;

namespace {

TEST(InstructionSet, is_the_one_asked_for_or_the_newest) {
    std::string expected(asked_instruction_set());
    if (expected.empty()) {
        expected = processor_has("avx512") ? "avx512" : processor_has("avx2") ? "avx2" : "baseline";
    }
    EXPECT_EQ(open_cpu()->instruction_set(), expected);
}

/// Opens a device, says on the standard error what became of it, and ends the program.
[[noreturn]] void open_with(const char* instruction_set) {
    ask_for_instruction_set(instruction_set);
    try {
        std::fprintf(stderr, "opened %s\n", open_cpu(1)->instruction_set());
    } catch (const Error& error) {
        std::fprintf(stderr, "%d %s: %s\n", static_cast<int>(error.status()), error.argument().c_str(), error.what());
    }
    std::exit(0);
}

// In a new process each, because a process chooses once.
class InstructionSetDeathTest : public testing::Test {
protected:
    InstructionSetDeathTest() { testing::FLAGS_gtest_death_test_style = "threadsafe"; }
};

TEST_F(InstructionSetDeathTest, unknown_is_an_error_that_lists_what_there_is) {
    const std::string unsupported = std::to_string(static_cast<int>(Status::unsupported));
    EXPECT_EXIT(open_with("sse9"), testing::ExitedWithCode(0),
                "^" + unsupported + " CONVNET_CPU_ISA: .*sse9.*baseline");
    EXPECT_EXIT(open_with("AVX2"), testing::ExitedWithCode(0),
                "^" + unsupported + " CONVNET_CPU_ISA: .*AVX2.*baseline");
}

TEST_F(InstructionSetDeathTest, empty_is_none_asked_for) {
    const std::string newest = processor_has("avx512") ? "avx512" : processor_has("avx2") ? "avx2" : "baseline";
    EXPECT_EXIT(open_with(""), testing::ExitedWithCode(0), "^opened " + newest);
}

TEST_F(InstructionSetDeathTest, every_one_of_the_processor_can_be_asked_for) {
    for (const char* const name : {"avx512", "avx2", "baseline"}) {
        const std::string expected = processor_has(name) ? std::string("^opened ") + name : "does not have|have ";
        EXPECT_EXIT(open_with(name), testing::ExitedWithCode(0), expected);
    }
}

}  // namespace
