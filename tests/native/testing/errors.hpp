// Checks that something fails, and says the right thing when it does.
#pragma once

#include <gtest/gtest.h>

#include <source_location>
#include <string>
#include <string_view>
#include <vector>

#include "geometry/error.hpp"

namespace testing_support {

/// `function` must throw an Error of `status` about `argument` whose message has all of `parts` in it.
template <class Function>
void expect_error(Function&& function, convnet::Status status, std::string_view argument,
                  const std::vector<std::string_view>& parts = {},
                  std::source_location where = std::source_location::current()) {
    const testing::ScopedTrace trace(where.file_name(), static_cast<int>(where.line()), "expected to fail");
    try {
        function();
        ADD_FAILURE() << "nothing was thrown";
    } catch (const convnet::Error& error) {
        const std::string_view message = error.what();
        EXPECT_EQ(error.status(), status) << message;
        EXPECT_EQ(error.argument(), argument) << message;
        for (const std::string_view part : parts) {
            EXPECT_NE(message.find(part), std::string_view::npos) << "no \"" << part << "\" in: " << message;
        }
    }
}

template <class Function>
void expect_invalid(Function&& function, std::string_view argument, const std::vector<std::string_view>& parts = {},
                    std::source_location where = std::source_location::current()) {
    expect_error(function, convnet::Status::invalid_argument, argument, parts, where);
}

}  // namespace testing_support
