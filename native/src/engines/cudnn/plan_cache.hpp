// Plans by what they are for, so that each is made once.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "engines/cudnn/plan.hpp"

namespace convnet::cudnn {

class PlanCache {
public:
    using Key = std::vector<std::int64_t>;
    using Make = std::function<std::shared_ptr<const Plan>()>;

    explicit PlanCache(std::size_t capacity) : capacity_(capacity) {}

    /// The plan of a key. The first to ask makes it, and others who ask for the same wait for that; what `make` throws
    /// is not kept. When the cache is full, the plan that was asked for longest ago goes.
    std::shared_ptr<const Plan> get(const Key& key, const Make& make);

    void clear();

private:
    struct Entry {
        std::mutex mutex;
        std::shared_ptr<const Plan> plan;
        std::uint64_t last_use = 0;
    };

    std::shared_ptr<Entry> entry_of(const Key& key);

    const std::size_t capacity_;
    std::mutex mutex_;
    std::map<Key, std::shared_ptr<Entry>> entries_;
    std::uint64_t uses_ = 0;
};

}  // namespace convnet::cudnn
