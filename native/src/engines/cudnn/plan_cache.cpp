#include "engines/cudnn/plan_cache.hpp"

#include <algorithm>

namespace convnet::cudnn {

std::shared_ptr<const Plan> PlanCache::get(const Key& key, const Make& make) {
    const auto entry = entry_of(key);
    const std::lock_guard lock(entry->mutex);
    if (entry->plan == nullptr) {
        entry->plan = make();
    }
    return entry->plan;
}

std::shared_ptr<PlanCache::Entry> PlanCache::entry_of(const Key& key) {
    const std::lock_guard lock(mutex_);
    if (entries_.size() >= capacity_ && !entries_.contains(key)) {
        entries_.erase(std::min_element(entries_.begin(), entries_.end(), [](const auto& a, const auto& b) {
            return a.second->last_use < b.second->last_use;
        }));
    }
    auto& entry = entries_[key];
    if (entry == nullptr) {
        entry = std::make_shared<Entry>();
    }
    entry->last_use = ++uses_;
    return entry;
}

void PlanCache::clear() {
    const std::lock_guard lock(mutex_);
    entries_.clear();
}

}  // namespace convnet::cudnn
