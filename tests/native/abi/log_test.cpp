#include <atomic>
#include <memory>
#include <mutex>
#include <thread>

#include "abi/abi_support.hpp"

using namespace abi_tests;

namespace {

struct Messages {
    std::mutex mutex;
    std::vector<std::pair<int32_t, std::string>> all;

    static void receive(int32_t level, const char* message, void* user_data) {
        auto& messages = *static_cast<Messages*>(user_data);
        const std::lock_guard lock(messages.mutex);
        messages.all.emplace_back(level, message);
    }

    int count(int32_t level, const std::string& part) {
        int found = 0;
        for (const auto& [at, text] : all) {
            found += at == level && text.find(part) != std::string::npos ? 1 : 0;
        }
        return found;
    }
};

class Log : public NothingLeaks {
protected:
    void TearDown() override {
        expect_ok(cn_log_set_callback(nullptr, nullptr, CN_LOG_DEBUG));
        NothingLeaks::TearDown();
    }

    /// Opens a device, which is told as information, and plans a layer, which is told to who debugs.
    static void work() {
        cn_device* device = open_device();
        cn_layer* layer = create_convolution(device);
        const int64_t shape[] = {1, 2, 5, 5};
        expect_ok(cn_layer_reshape(layer, 4, shape));
        expect_destroyed(cn_layer_destroy(layer));
        expect_destroyed(cn_device_destroy(device));
    }
};

TEST_F(Log, passes_on_what_matters_enough) {
    Messages messages;
    expect_ok(cn_log_set_callback(Messages::receive, &messages, CN_LOG_DEBUG));
    work();
    EXPECT_EQ(messages.count(CN_LOG_INFO, "device"), 1);
    EXPECT_GE(messages.count(CN_LOG_DEBUG, "engine"), 1);
    messages.all.clear();
    expect_ok(cn_log_set_callback(Messages::receive, &messages, CN_LOG_INFO));
    work();
    EXPECT_EQ(messages.count(CN_LOG_INFO, "device"), 1);
    EXPECT_EQ(messages.count(CN_LOG_DEBUG, ""), 0);
    messages.all.clear();
    expect_ok(cn_log_set_callback(Messages::receive, &messages, CN_LOG_WARNING));
    work();
    EXPECT_EQ(messages.count(CN_LOG_INFO, ""), 0);
    expect_ok(cn_log_set_callback(nullptr, nullptr, CN_LOG_DEBUG));
    messages.all.clear();
    work();
    EXPECT_TRUE(messages.all.empty());
}

TEST_F(Log, goes_to_the_newest_receiver_only) {
    Messages first, second;
    expect_ok(cn_log_set_callback(Messages::receive, &first, CN_LOG_INFO));
    expect_ok(cn_log_set_callback(Messages::receive, &second, CN_LOG_INFO));
    work();
    EXPECT_TRUE(first.all.empty());
    EXPECT_EQ(second.all.size(), 1U);
}

int32_t status_inside = CN_OK;
std::string message_inside;
int calls_inside = 0;

TEST_F(Log, receiver_cannot_be_replaced_from_inside) {
    const auto replace = [](int32_t, const char*, void*) {
        ++calls_inside;
        status_inside = cn_log_set_callback(nullptr, nullptr, CN_LOG_WARNING);
        message_inside = cn_last_error_message();
    };
    expect_ok(cn_log_set_callback(replace, nullptr, CN_LOG_INFO));
    cn_device* device = open_device();
    EXPECT_EQ(calls_inside, 1);
    EXPECT_EQ(status_inside, CN_INVALID_STATE);
    EXPECT_NE(message_inside.find("callback"), std::string::npos);
    expect_destroyed(cn_device_destroy(device));
    device = open_device();
    EXPECT_EQ(calls_inside, 2) << "it is still there";
    expect_destroyed(cn_device_destroy(device));
}

// A receiver may use the library; what it does is not told to it, or it would go on for ever.
TEST_F(Log, receiver_may_use_the_library) {
    static int depth = 0, calls = 0;
    const auto use = [](int32_t, const char*, void*) {
        ++calls;
        ASSERT_EQ(depth++, 0);
        work();
        --depth;
    };
    expect_ok(cn_log_set_callback(use, nullptr, CN_LOG_DEBUG));
    cn_device* device = nullptr;
    EXPECT_EQ(cn_device_create_cpu(&device, nullptr), CN_OK);
    EXPECT_EQ(cn_device_destroy(device), CN_OK);
    EXPECT_EQ(calls, 1);
}

// Once set_callback() has returned, the one before is not running any more: what it uses may go.
TEST_F(Log, may_be_replaced_while_others_write) {
    std::atomic<bool> stop{false};
    std::vector<std::thread> writers;
    for (int i = 0; i < 3; ++i) {
        writers.emplace_back([&] {
            while (!stop) {
                work();
            }
        });
    }
    std::size_t received = 0;
    for (int round = 0; round < 300 || (received == 0 && round < 100000); ++round) {
        auto messages = std::make_unique<Messages>();
        expect_ok(cn_log_set_callback(Messages::receive, messages.get(), CN_LOG_DEBUG));
        std::this_thread::yield();
        expect_ok(cn_log_set_callback(nullptr, nullptr, CN_LOG_DEBUG));
        received += messages->all.size();  // without its lock: nobody writes there now
    }
    stop = true;
    for (std::thread& writer : writers) {
        writer.join();
    }
    EXPECT_GT(received, 0U);
}

}  // namespace
