// Every case of tests/parity/cases.txt on a CUDA device, once an engine, type and layout.
#include <gtest/gtest.h>

#include <map>

#include "parity/case_run.hpp"

static const std::string cases_path = PARITY_CASES, golden_path = PARITY_GOLDEN;

namespace {

using convnet::DataType;
using convnet::TensorLayout;

struct CaseOnTarget {
    parity::Case what;
    parity::Target target;

    std::string name() const {
        const char* const type = is_half(target.type) ? name_of(target.type) : what.is_double ? "float64" : "float32";
        return what.name + "_on_" + (target.autotune ? "autotuned_" : "") + target.engine + "_" + type +
               (target.layout == TensorLayout::channels_last ? "_channels_last" : "");
    }
};

std::ostream& operator<<(std::ostream& out, const CaseOnTarget& shown) { return out << shown.name(); }

std::vector<CaseOnTarget> all_runs() {
    std::vector<CaseOnTarget> runs;
    for (const parity::Case& c : parity::read_cases(cases_path)) {
        const std::vector<std::string> engines = c.has_parameters()
                                                     ? std::vector<std::string>{"auto", "gemm", "cudnn", "direct"}
                                                     : std::vector<std::string>{"auto"};
        // Rounded to 16 bits, random sums may change their sign and so let other gradients through.
        const bool in_halves = !c.is_double && !(c.slope && c.fill == testing_support::Fill::random);
        for (const std::string& engine : engines) {
            for (const auto layout : {TensorLayout::channels_first, TensorLayout::channels_last}) {
                if (layout == TensorLayout::channels_last && !c.has_parameters()) {
                    continue;
                }
                runs.push_back({c, {engine, true, DataType::float32, layout}});
                if (in_halves) {
                    runs.push_back({c, {engine, true, DataType::float16, layout}});
                    runs.push_back({c, {engine, true, DataType::bfloat16, layout}});
                }
            }
        }
        // Timing takes long, so Caffe's own cases stand for all, and those that cuDNN may rectify.
        if (c.has_parameters() && in_halves && (c.slope == 0 || c.name.find("_caffe_") != std::string::npos)) {
            runs.push_back({c, {"cudnn", true, DataType::float32, TensorLayout::channels_first, true}});
            runs.push_back({c, {"cudnn", true, DataType::float16, TensorLayout::channels_last, true}});
        }
    }
    return runs;
}

class CudaParity : public testing::TestWithParam<CaseOnTarget> {
protected:
    static void TearDownTestSuite() { parity::close_cuda_devices(); }
};

TEST_P(CudaParity, agrees_with_the_reference) {
    static const parity::GoldenFile golden = parity::read_golden(golden_path);
    const auto& [what, target] = GetParam();
    try {
        const parity::CaseResult result = parity::run_case(what, target, golden.cases.at(what.name));
        for (const std::string& failure : result.failures) {
            ADD_FAILURE() << failure;
        }
        for (const std::string& engine : result.engines) {
            if (target.engine != "auto") {
                EXPECT_EQ(engine, target.engine);
            }
        }
    } catch (const convnet::Error& error) {
        // A named engine may decline; the automatic choice never does.
        if (error.status() != convnet::Status::unsupported || target.engine == "auto" || target.engine == "gemm") {
            throw;
        }
        GTEST_SKIP() << error.what();
    }
}

INSTANTIATE_TEST_SUITE_P(cases, CudaParity, testing::ValuesIn(all_runs()),
                         [](const auto& shown) { return shown.param.name(); });

}  // namespace
