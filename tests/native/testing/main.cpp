// The main of test programs that CTest also runs with the kernels of other instruction sets.
#include <gtest/gtest.h>

#include <cstdio>
#include <string>

#include "testing/processor.hpp"

int main(int count, char** arguments) {
    testing::InitGoogleTest(&count, arguments);
    const std::string asked(testing_support::asked_instruction_set());
    if (!testing_support::processor_has(asked)) {
        std::printf("skipped: this processor does not have %s\n", asked.c_str());
        return 77;  // which CTest is told to take for skipped
    }
    return RUN_ALL_TESTS();
}
