// Computes the golden file with the reference alone: parity_reference CASES GOLDEN
#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <stdexcept>

#include "parity/case.hpp"
#include "parity/golden.hpp"
#include "reference/reference.hpp"

namespace {

using parity::Case;
using parity::GoldenTensor;
using reference::Problem;
using reference::Sums;
using testing_support::SplitMix64;

GoldenTensor golden(const Sums& sums) {
    const auto most = std::max_element(sums.terms.begin(), sums.terms.end());
    return {sums.value, sums.magnitude, static_cast<std::uint64_t>(most == sums.terms.end() ? 0 : *most)};
}

std::vector<double> draw(const Case& c, std::int64_t count, SplitMix64& random) {
    return c.is_double ? testing_support::filled<double>(count, c.fill, random)
                       : testing_support::to_double(testing_support::filled<float>(count, c.fill, random));
}

class Reference {
public:
    explicit Reference(const Case& c)
        : case_(c),
          products_(c.layer == parity::LayerKind::deconvolution ? reference::deconvolution_products
                                                                : reference::convolution_products),
          random_(c.seed),
          weights_diff_(c.has_parameters() ? static_cast<std::size_t>(c.weights_count()) : 0),
          bias_diff_(c.has_parameters() && c.bias ? static_cast<std::size_t>(c.num_output) : 0) {}

    std::vector<GoldenTensor> run() {
        weights_ = draw(case_, static_cast<std::int64_t>(weights_diff_.value.size()), random_);
        bias_ = draw(case_, static_cast<std::int64_t>(bias_diff_.value.size()), random_);
        for (const auto& shape : case_.steps()) {
            for (int call = 0; call < case_.calls; ++call) {
                run_call(shape);
            }
            if (case_.has_parameters() && !case_.weights_frozen) {
                tensors_.push_back(golden(weights_diff_));
            }
            if (case_.has_parameters() && case_.bias && !case_.bias_frozen) {
                tensors_.push_back(golden(bias_diff_));
            }
        }
        return std::move(tensors_);
    }

private:
    void run_call(const std::vector<std::int64_t>& shape) {
        const Problem problem = case_.problem(shape);
        std::vector<GoldenTensor> bottom_diffs;
        for (int i = 0; i < case_.bottoms; ++i) {
            const std::vector<double> bottom = draw(case_, parity::count(shape), random_);
            std::vector<double> top_diff = draw(case_, parity::count(case_.top_shape(shape)), random_);
            Sums top(0), bottom_diff(0);
            if (case_.has_parameters()) {
                reference::forward(products_, problem, bottom, weights_, case_.bias ? &bias_ : nullptr, top);
                if (case_.slope) {
                    reference::rectify(*case_.slope, top, top_diff);
                }
                reference::backward_data(products_, problem, top_diff, weights_, bottom_diff);
                reference::backward_filter(products_, problem, bottom, top_diff, weights_diff_);
                if (case_.bias) {
                    reference::backward_bias(problem, top_diff, bias_diff_);
                }
            } else {
                reference::im2col(problem, bottom, top);
                reference::im2col_backward(problem, top_diff, bottom_diff);
            }
            tensors_.push_back(golden(top));
            if (case_.propagates(i)) {
                bottom_diffs.push_back(golden(bottom_diff));
            }
        }
        std::move(bottom_diffs.begin(), bottom_diffs.end(), std::back_inserter(tensors_));
    }

    const Case& case_;
    const reference::ProductLoops products_;
    SplitMix64 random_;
    std::vector<double> weights_, bias_;
    Sums weights_diff_, bias_diff_;
    std::vector<GoldenTensor> tensors_;
};

// A case that claims to be exact must be: below 2^24 (2^53) every integer is a float (double).
void check_exact(const Case& c, const std::vector<GoldenTensor>& tensors) {
    const double most = c.is_double ? 0x1p53 : 0x1p24;
    for (const GoldenTensor& tensor : tensors) {
        const bool exact = std::all_of(tensor.magnitude.begin(), tensor.magnitude.end(),
                                       [&](double magnitude) { return magnitude <= most; });
        if (c.fill == testing_support::Fill::integer && !exact) {
            throw std::runtime_error(c.name + " has sums that would be rounded");
        }
    }
}

}  // namespace

int main(int count, char** arguments) try {
    if (count != 3) {
        throw std::runtime_error("parity_reference CASES GOLDEN");
    }
    parity::GoldenFile file;
    file.cases_hash = parity::file_hash(arguments[1]);
    for (const Case& c : parity::read_cases(arguments[1])) {
        auto tensors = Reference(c).run();
        check_exact(c, tensors);
        file.cases.emplace(c.name, std::move(tensors));
    }
    std::filesystem::create_directories(std::filesystem::path(arguments[2]).parent_path());
    parity::write_golden(arguments[2], file);
    std::printf("%zu cases in %s\n", file.cases.size(), arguments[2]);
    return 0;
} catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
}
