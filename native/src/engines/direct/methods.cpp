#include "engines/direct/methods.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "devices/cpu/kernels/instruction_set.hpp"
#include "engines/direct/band_gradient_pass.hpp"
#include "engines/direct/band_pass.hpp"
#include "engines/direct/channel_pass.hpp"
#include "engines/direct/depthwise_filter_pass.hpp"
#include "engines/direct/depthwise_pass.hpp"
#include "engines/direct/filter_gradient_pass.hpp"
#include "engines/direct/phase_pass.hpp"
#include "engines/direct/product_pass.hpp"
#include "engines/direct/space_to_depth_pass.hpp"
#include "engines/direct/strassen_pass.hpp"
#include "engines/direct/sweep_costs.hpp"
#include "engines/direct/sweep_pass.hpp"
#include "engines/direct/winograd_band_pass.hpp"
#include "engines/direct/winograd_gradient_pass.hpp"
#include "engines/direct/winograd_pass.hpp"
#include "engines/direct/winograd_phase_pass.hpp"

namespace convnet::direct {
namespace {

using Kind = DataMethod::Kind;

/// Where windows are single elements side by side, rows are of no matter: as one axis, so that runs of them are long.
ConvolutionProblem without_rows(ConvolutionProblem problem) {
    if (problem.is_identity()) {
        Axis axis;
        axis.in = axis.out = problem.in_positions();
        problem.axes = {axis};
    }
    return problem;
}

std::vector<std::vector<Sweep>> ways_of(const ConvolutionProblem& problem, WeightUse use) {
    return use == WeightUse::forward ? std::vector<std::vector<Sweep>>{{forward_sweep(problem)}}
                                     : backward_data_sweeps(problem);
}

struct Costed {
    DataMethod method;
    double cost;
};

/// Costs of a method that cannot compute the pass are infinite.
void add(std::vector<Costed>& methods, Kind kind, std::size_t way, double cost) {
    if (std::isfinite(cost)) {
        methods.push_back({{kind, way}, cost});
    }
}

template <class T>
void add_plain_sums(const ConvolutionProblem& problem, WeightUse use, std::vector<Costed>& methods) {
    const auto& kernels = cpu::kernels<T>();
    const auto ways = ways_of(problem, use), gathered = ways_of(without_rows(problem), use);
    for (std::size_t way = 0; way < ways.size(); ++way) {
        double gathering = 0, bands = 0, phases = 0;
        for (const Sweep& sweep : gathered[way]) {
            gathering += cost_of_gathering(sweep, kernels.lanes);
        }
        for (const Sweep& sweep : ways[way]) {
            bands += cost_of_bands(sweep, kernels.lanes, kernels.rows);
            phases += cost_of_phases(sweep, kernels.lanes, kernels.rows, kernels.vectors, kernels.piece);
        }
        add(methods, Kind::gathering, way, gathering);
        add(methods, Kind::bands, way, bands);
        add(methods, Kind::phases, way, phases);
    }
    for (std::size_t way = 0; way < gathered.size(); ++way) {
        add(methods, Kind::products, way, cost_of_products(gathered[way], kernels.lanes, kernels.vectors));
    }
    if (ways.back().size() == 1) {
        add(methods, Kind::channels, 0, cost_of_channels(ways.back().front(), kernels.lanes, kernels.vectors));
    }
}

template <class T>
void add_winograds(const ConvolutionProblem& problem, WeightUse use, std::int64_t limit_bytes,
                   std::vector<Costed>& methods) {
    const auto geometry = winograd_geometry(problem, use);
    for (const std::size_t filtering : WinogradPass<T>::filterings(problem, use, geometry, limit_bytes)) {
        add(methods, Kind::winograd, filtering, WinogradPass<T>(problem, use, *geometry, filtering).cycles());
    }
    if (const auto split = space_to_depth(problem, use)) {
        for (const std::size_t filtering :
             WinogradPass<T>::filterings(split->dense, use, split->geometry, limit_bytes)) {
            add(methods, Kind::space_to_depth, filtering, SpaceToDepthPass<T>(problem, *split, filtering).cycles());
        }
    }
    const auto ways = ways_of(problem, use);
    const std::vector<Sweep>& together = ways.front();
    if (together.empty() || !WinogradPhasePass<T>::pays(problem, together.front())) {
        return;
    }
    const auto add_pass = [&](Kind kind, std::size_t way, const auto& pass) {
        if (pass.workspace_elements(1) * static_cast<std::int64_t>(sizeof(T)) <= limit_bytes / 4 * 3) {
            add(methods, kind, way, pass.cycles());
        }
    };
    for (const std::size_t filtering : WinogradPhasePass<T>::filterings(together.front())) {
        add_pass(Kind::winograd_phases, filtering, WinogradPhasePass<T>(problem, together.front(), filtering));
    }
    for (std::size_t way = 0; way < ways.size(); ++way) {
        if (ways[way].size() == 1 && WinogradBandPass<T>::is_for(ways[way].front())) {
            add_pass(Kind::winograd_bands, way, WinogradBandPass<T>(problem, ways[way].front()));
        }
    }
}

template <class T>
void add_strassen(const ConvolutionProblem& problem, WeightUse use, std::vector<Costed>& methods) {
    const std::vector<Sweep> together = ways_of(problem, use).front();
    if (use == WeightUse::backward_data && !together.empty() && StrassenPass<T>::pays(problem, together.front())) {
        add(methods, Kind::strassen, 0, StrassenPass<T>(problem, together.front()).cycles());
    }
}

/// Of preparing weights for one call.
template <class T>
double cost_of_preparing(const ConvolutionProblem& problem, WeightUse use, const DataMethod& method) {
    constexpr double third_level = 2 * 1024 * 1024, near = 0.6, far = 1.2;  // what stays in the cache till it is read
    const auto elements = static_cast<double>(make_pass<T>(problem, use, method)->prepared_elements());
    return elements * (elements < third_level ? near : far) / static_cast<double>(problem.groups);
}

}  // namespace

// Gathering comes before bands where they cost the same, and both before Winograd's method.
template <class T>
std::vector<DataMethod> data_methods(const ConvolutionProblem& problem, WeightUse use, std::int64_t limit_bytes) {
    if (is_depthwise(problem)) {
        return {{Kind::depthwise, 0}};
    }
    std::vector<Costed> costed;
    add_plain_sums<T>(problem, use, costed);
    add_winograds<T>(problem, use, limit_bytes, costed);
    add_strassen<T>(problem, use, costed);
    if (weights_change(problem, use)) {
        for (Costed& each : costed) {
            each.cost += cost_of_preparing<T>(problem, use, each.method);
        }
    }
    std::stable_sort(costed.begin(), costed.end(), [](const Costed& a, const Costed& b) { return a.cost < b.cost; });
    std::vector<DataMethod> methods;
    for (const Costed& each : costed) {
        methods.push_back(each.method);
    }
    return methods;
}

// Winograd's method with the filtering that costs least comes first, where that is less than plain sums.
template <class T>
std::vector<FilterMethod> filter_methods(const ConvolutionProblem& problem, std::int64_t limit_bytes) {
    using FilterKind = FilterMethod::Kind;
    if (is_depthwise(problem)) {
        return {{FilterKind::depthwise}};
    }
    std::vector<FilterMethod> methods;
    if (BandGradientBlocks::is_for(forward_sweep(problem), cpu::kernels<T>().lanes)) {
        methods.push_back({FilterKind::bands});
    }
    methods.push_back({FilterKind::gathering});
    double least = std::numeric_limits<double>::infinity();
    for (const std::size_t filtering : WinogradGradientPass<T>::filterings(problem, limit_bytes)) {
        const WinogradGradientPass<T> pass(problem, filtering);
        const bool first = pass.cycles() < std::min(least, pass.cycles_of_plain_sums());
        methods.insert(first ? methods.begin() : methods.end(), {FilterKind::winograd, filtering});
        least = std::min(least, pass.cycles());
    }
    return methods;
}

template <class T>
std::unique_ptr<const DataPass<T>> make_pass(const ConvolutionProblem& problem, WeightUse use,
                                             const DataMethod& method) {
    switch (method.kind) {
        case Kind::depthwise:
            return std::make_unique<DepthwisePass<T>>(problem, use);
        case Kind::winograd:
            return std::make_unique<WinogradPass<T>>(problem, use, *winograd_geometry(problem, use), method.way);
        case Kind::space_to_depth:
            return std::make_unique<SpaceToDepthPass<T>>(problem, *space_to_depth(problem, use), method.way);
        case Kind::winograd_phases:
            return std::make_unique<WinogradPhasePass<T>>(problem, ways_of(problem, use).front().front(), method.way);
        case Kind::winograd_bands:
            return std::make_unique<WinogradBandPass<T>>(problem, ways_of(problem, use)[method.way].front());
        case Kind::strassen:
            return std::make_unique<StrassenPass<T>>(problem, ways_of(problem, use).front().front());
        case Kind::phases:
            return std::make_unique<PhasePass<T>>(problem, ways_of(problem, use)[method.way]);
        case Kind::channels:
            return std::make_unique<ChannelPass<T>>(problem, use);
        case Kind::bands:
            return std::make_unique<BandPass<T>>(problem, use, ways_of(problem, use)[method.way]);
        case Kind::products:
        case Kind::gathering:
            break;
    }
    const ConvolutionProblem gathered = without_rows(problem);
    if (method.kind == Kind::products) {
        return std::make_unique<ProductPass<T>>(gathered, use, ways_of(gathered, use)[method.way]);
    }
    return std::make_unique<SweepPass<T>>(gathered, use, ways_of(gathered, use)[method.way]);
}

template <class T>
std::unique_ptr<const FilterPass<T>> make_pass(const ConvolutionProblem& problem, const FilterMethod& method) {
    switch (method.kind) {
        case FilterMethod::Kind::depthwise:
            return std::make_unique<DepthwiseFilterPass<T>>(problem);
        case FilterMethod::Kind::winograd:
            return std::make_unique<WinogradGradientPass<T>>(problem, method.filtering);
        case FilterMethod::Kind::bands:
            return std::make_unique<BandGradientPass<T>>(problem);
        case FilterMethod::Kind::gathering:
            break;
    }
    return std::make_unique<FilterGradientPass<T>>(problem);
}

#define CONVNET_INSTANTIATE(T)                                                                                         \
    template std::vector<DataMethod> data_methods<T>(const ConvolutionProblem&, WeightUse, std::int64_t);              \
    template std::vector<FilterMethod> filter_methods<T>(const ConvolutionProblem&, std::int64_t);                     \
    template std::unique_ptr<const DataPass<T>> make_pass<T>(const ConvolutionProblem&, WeightUse, const DataMethod&); \
    template std::unique_ptr<const FilterPass<T>> make_pass<T>(const ConvolutionProblem&, const FilterMethod&);
CONVNET_INSTANTIATE(float)
CONVNET_INSTANTIATE(double)
#undef CONVNET_INSTANTIATE

}  // namespace convnet::direct
