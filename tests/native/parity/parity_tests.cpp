// Every case of tests/parity/cases.txt on the core, once an engine. When all have run, their digests are written for the
// C# tests.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <stdexcept>

#include "parity/case_run.hpp"
#include "testing/errors.hpp"
#include "testing/processor.hpp"

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

/// A case on one engine.
struct CaseOnEngine {
    parity::Case what;
    std::string engine;

    std::string name() const { return what.name + "/" + engine; }
};

std::ostream& operator<<(std::ostream& out, const CaseOnEngine& shown) { return out << shown.name(); }

const std::vector<CaseOnEngine>& all_runs() {
    static const std::vector<CaseOnEngine> runs = [] {
        std::vector<CaseOnEngine> result;
        for (const parity::Case& c : all_cases()) {
            for (const std::string& engine : c.engines) {
                result.push_back({c, engine});
            }
        }
        return result;
    }();
    return runs;
}

std::map<std::string, std::uint64_t> digests;
double worst_error = 0;

std::string hexadecimal(std::uint64_t value) {
    char text[17];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(value));
    return text;
}

/// Whether the kernels are those that the C# tests will take.
bool writes_digests() { return testing_support::asked_instruction_set().empty(); }

/// Removes digests of earlier runs, and writes the new ones once every case has given one.
class Digests : public testing::Environment {
public:
    void SetUp() override {
        if (writes_digests()) {
            std::filesystem::remove(digests_path);
        }
    }

    void TearDown() override {
        if (digests.size() != all_runs().size()) {
            return;
        }
        std::printf("largest error of all random cases: %.3f eps * sqrt(terms) * magnitude\n", worst_error);
        if (!writes_digests()) {
            return;
        }
        std::ofstream out(digests_path);
        out << "cases " << hexadecimal(parity::file_hash(cases_path)) << "\n"
            << "library " << hexadecimal(parity::file_hash(library_path)) << "\n";
        for (const auto& [name, digest] : digests) {
            out << name << " " << hexadecimal(digest) << "\n";
        }
    }
};

const auto* const environment = testing::AddGlobalTestEnvironment(new Digests);

class Parity : public testing::TestWithParam<CaseOnEngine> {
protected:
    static parity::CaseResult run(const parity::Case& what,
                                  convnet::TensorLayout layout = convnet::TensorLayout::channels_first) {
        const auto golden = golden_file().cases.find(what.name);
        if (golden == golden_file().cases.end()) {
            throw std::runtime_error("run parity_reference again");
        }
        return parity::run_case(what, {GetParam().engine, false, convnet::DataType::float32, layout}, golden->second);
    }
};

TEST_P(Parity, core_agrees_with_the_reference) {
    const parity::CaseResult result = run(GetParam().what);
    for (const std::string& failure : result.failures) {
        ADD_FAILURE() << failure;
    }
    for (const std::string& engine : result.engines) {
        if (GetParam().engine != "auto") {
            EXPECT_EQ(engine, GetParam().engine);
        }
    }
    digests[GetParam().name()] = result.digest;
    worst_error = std::max(worst_error, result.worst_error);
}

// Engine gemm has every layer with channels last, and the automatic choice takes it.
TEST_P(Parity, core_agrees_with_the_reference_with_channels_last) {
    const auto [what, engine] = GetParam();
    const auto layout = convnet::TensorLayout::channels_last;
    if (!what.has_parameters()) {
        testing_support::expect_error([&] { run(what, layout); }, convnet::Status::invalid_argument, "layout",
                                      {"channels first"});
        return;
    }
    if (engine == "direct") {
        testing_support::expect_error([&] { run(what, layout); }, convnet::Status::unsupported, "engine",
                                      {"channels last", "channels first", "choose another engine"});
        return;
    }
    const parity::CaseResult result = run(what, layout);
    for (const std::string& failure : result.failures) {
        ADD_FAILURE() << failure;
    }
    for (const std::string& taken : result.engines) {
        EXPECT_EQ(taken, "gemm");
    }
}

// Threads share work, never its result.
TEST_P(Parity, digest_does_not_depend_on_threads) {
    std::set<std::uint64_t> different;
    for (const int threads : {1, 2, 3, 7}) {
        parity::Case what = GetParam().what;
        what.threads = threads;
        different.insert(run(what).digest);
    }
    EXPECT_EQ(different.size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(cases, Parity, testing::ValuesIn(all_runs()),
                         [](const auto& shown) { return shown.param.what.name + "_on_" + shown.param.engine; });

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

TEST(ParityCases, are_for_the_direct_engine_where_it_can) {
    std::map<std::string, int> steps;
    for (const CaseOnEngine& run : all_runs()) {
        if (run.engine == "auto") {
            const auto& golden = golden_file().cases.at(run.what.name);
            for (const std::string& engine : parity::run_case(run.what, {run.engine}, golden).engines) {
                ++steps[engine];
            }
        }
    }
    EXPECT_GE(steps["direct"], 3 * steps["gemm"]);
    EXPECT_GT(steps["gemm"], 0) << "what the other cannot";
}

}  // namespace
