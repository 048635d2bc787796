// Every case of tests/parity/cases.txt on the core. When all have run, their digests are written for the C# tests.
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "parity/case_run.hpp"

// Given by CMake: the list of cases, the golden file, the digests, and the library that the C# tests load.
static const std::string cases_path = PARITY_CASES, golden_path = PARITY_GOLDEN, digests_path = PARITY_DIGESTS,
                         library_path = PARITY_LIBRARY;

namespace {

const std::vector<parity::Case>& all_cases() {
    static const std::vector<parity::Case> cases = parity::read_cases(cases_path);
    return cases;
}

const parity::GoldenFile& golden_file() {
    static const parity::GoldenFile file = parity::read_golden(golden_path);
    return file;
}

std::map<std::string, std::uint64_t> digests;
double worst_error = 0;

std::string hexadecimal(std::uint64_t value) {
    char text[17];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(value));
    return text;
}

/// Removes digests of earlier runs, and writes the new ones once every case has given one.
class Digests : public testing::Environment {
public:
    void SetUp() override { std::filesystem::remove(digests_path); }

    void TearDown() override {
        if (digests.size() != all_cases().size()) {
            return;
        }
        std::printf("largest error of all random cases: %.3f eps * sqrt(terms) * magnitude\n", worst_error);
        std::ofstream out(digests_path);
        out << "cases " << hexadecimal(parity::file_hash(cases_path)) << "\n"
            << "library " << hexadecimal(parity::file_hash(library_path)) << "\n";
        for (const auto& [name, digest] : digests) {
            out << name << " " << hexadecimal(digest) << "\n";
        }
    }
};

const auto* const environment = testing::AddGlobalTestEnvironment(new Digests);

class Parity : public testing::TestWithParam<parity::Case> {};

TEST_P(Parity, core_agrees_with_the_reference) {
    const auto golden = golden_file().cases.find(GetParam().name);
    ASSERT_NE(golden, golden_file().cases.end()) << "run parity_reference again";
    const parity::CaseResult result = parity::run_case(GetParam(), golden->second);
    for (const std::string& failure : result.failures) {
        ADD_FAILURE() << failure;
    }
    digests[GetParam().name] = result.digest;
    worst_error = std::max(worst_error, result.worst_error);
}

INSTANTIATE_TEST_SUITE_P(cases, Parity, testing::ValuesIn(all_cases()),
                         [](const auto& shown) { return shown.param.name; });

TEST(ParityCases, golden_file_is_of_this_list) {
    EXPECT_EQ(golden_file().cases_hash, parity::file_hash(cases_path));
    EXPECT_EQ(golden_file().cases.size(), all_cases().size());
}

TEST(ParityCases, are_many_and_cover_every_kind) {
    EXPECT_GE(all_cases().size(), 300U);
    using Kind = std::tuple<parity::LayerKind, bool, std::size_t>;  // layer, double, spatial axes
    std::set<Kind> kinds;
    for (const parity::Case& c : all_cases()) {
        kinds.insert({c.layer, c.is_double, c.problem(c.shape).in.size()});
    }
    for (const auto layer :
         {parity::LayerKind::convolution, parity::LayerKind::deconvolution, parity::LayerKind::im2col}) {
        for (const bool is_double : {false, true}) {
            for (const std::size_t axes : {0U, 1U, 2U, 3U, 4U}) {
                EXPECT_TRUE(kinds.contains({layer, is_double, axes}))
                    << "layer " << static_cast<int>(layer) << ", double " << is_double << ", axes " << axes;
            }
        }
    }
}

// Threads share work, never its result: cases that differ in their threads alone have one digest. A case needs the
// same seed for that, so the numbers are drawn anew here.
TEST(ParityCases, digest_does_not_depend_on_threads) {
    for (const parity::Case& c : all_cases()) {
        if (c.name.find("_threads_1_") == std::string::npos) {
            continue;
        }
        const auto& golden = golden_file().cases.at(c.name);
        const std::uint64_t one = parity::run_case(c, golden).digest;
        for (const int threads : {2, 3, 7}) {
            parity::Case more = c;
            more.threads = threads;
            EXPECT_EQ(parity::run_case(more, golden).digest, one) << c.name << " with " << threads << " threads";
        }
    }
}

}  // namespace
