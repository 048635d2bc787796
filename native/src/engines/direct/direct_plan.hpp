// The plan of the direct engine: sweeps for forward and backward data, and the filter gradient.
#pragma once

#include "devices/cpu/cpu_device.hpp"
#include "devices/workspace_pool.hpp"
#include "engines/engine.hpp"

namespace convnet::direct {

/// Workspace with which one thread could run every pass, of those methods that suit the limit.
std::int64_t least_workspace_bytes(const ConvolutionProblem& problem, std::int64_t workspace_limit_bytes);

std::unique_ptr<const Plan> make_plan(const ConvolutionProblem& problem, CpuDevice& device);

}  // namespace convnet::direct
