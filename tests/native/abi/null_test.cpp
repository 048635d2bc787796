// Every pointer that a function takes, NULL; and that no function is left out of the table.
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <set>

#include "abi/abi_support.hpp"

using namespace abi_tests;

namespace {

class Null : public WithObjects {
protected:
    struct Row {
        const char* argument;  ///< What the error must name.
        std::function<int32_t()> call;
    };

    /// For each function, a call for each of its pointers.
    std::map<std::string, std::vector<Row>> table() {
        const auto options = [this] { return &options_; };
        return {
            {"cn_version", {{"info", [] { return cn_version(nullptr); }}}},
            {"cn_live", {{"counts", [] { return cn_live(nullptr); }}}},
            {"cn_device_create_cpu", {{"device", [] { return cn_device_create_cpu(nullptr, nullptr); }}}},
            {"cn_device_get_info",
             {{"device", [this] { return cn_device_get_info(nullptr, &info_); }},
              {"info", [this] { return cn_device_get_info(device_, nullptr); }}}},
            {"cn_device_reset_counters", {{"device", [] { return cn_device_reset_counters(nullptr); }}}},
            {"cn_device_trim", {{"device", [this] { return cn_device_trim(nullptr, &number_); }}}},
            {"cn_cuda_device_count", {{"count", [] { return cn_cuda_device_count(nullptr); }}}},
            {"cn_cuda_get_device_info", {{"info", [] { return cn_cuda_get_device_info(0, nullptr); }}}},
            {"cn_device_create_cuda", {{"device", [] { return cn_device_create_cuda(nullptr, nullptr); }}}},
            {"cn_device_set_stream", {{"device", [] { return cn_device_set_stream(nullptr, nullptr); }}}},
            {"cn_device_get_stream",
             {{"device", [this] { return cn_device_get_stream(nullptr, &pointer_); }},
              {"stream", [this] { return cn_device_get_stream(device_, nullptr); }}}},
            {"cn_device_create_stream",
             {{"device", [this] { return cn_device_create_stream(nullptr, &pointer_); }},
              {"stream", [this] { return cn_device_create_stream(device_, nullptr); }}}},
            {"cn_device_destroy_stream",
             {{"device", [this] { return cn_device_destroy_stream(nullptr, this); }},
              {"stream", [this] { return cn_device_destroy_stream(device_, nullptr); }}}},
            {"cn_device_synchronize", {{"device", [] { return cn_device_synchronize(nullptr); }}}},
            {"cn_device_allocate_pinned",
             {{"device", [this] { return cn_device_allocate_pinned(nullptr, 1, &pointer_); }},
              {"memory", [this] { return cn_device_allocate_pinned(device_, 1, nullptr); }}}},
            {"cn_device_free_pinned", {{"device", [] { return cn_device_free_pinned(nullptr, nullptr); }}}},
            {"cn_device_get_memory",
             {{"device", [this] { return cn_device_get_memory(nullptr, &memory_); }},
              {"memory", [this] { return cn_device_get_memory(device_, nullptr); }}}},
            {"cn_blob_create",
             {{"blob", [this] { return cn_blob_create(nullptr, device_, CN_FLOAT32, 4, shape()); }},
              {"device", [this] { return cn_blob_create(&made_blob_, nullptr, CN_FLOAT32, 4, shape()); }},
              {"shape", [this] { return cn_blob_create(&made_blob_, device_, CN_FLOAT32, 4, nullptr); }}}},
            {"cn_blob_reshape",
             {{"blob", [this] { return cn_blob_reshape(nullptr, 4, shape()); }},
              {"shape", [this] { return cn_blob_reshape(blob_, 4, nullptr); }}}},
            {"cn_blob_data",
             {{"blob", [this] { return cn_blob_data(nullptr, &top_); }},
              {"tensor", [this] { return cn_blob_data(blob_, nullptr); }}}},
            {"cn_blob_mutable_data",
             {{"blob", [this] { return cn_blob_mutable_data(nullptr, &top_); }},
              {"tensor", [this] { return cn_blob_mutable_data(blob_, nullptr); }}}},
            {"cn_blob_copy_from",
             {{"blob", [this] { return cn_blob_copy_from(nullptr, bottom_values_.data(), 6); }},
              {"source", [this] { return cn_blob_copy_from(blob_, nullptr, 6); }}}},
            {"cn_blob_copy_to",
             {{"blob", [this] { return cn_blob_copy_to(nullptr, bottom_values_.data(), 6); }},
              {"destination", [this] { return cn_blob_copy_to(blob_, nullptr, 6); }}}},
            {"cn_blob_copy_diff_from",
             {{"blob", [this] { return cn_blob_copy_diff_from(nullptr, bottom_values_.data(), 6); }},
              {"source", [this] { return cn_blob_copy_diff_from(blob_, nullptr, 6); }}}},
            {"cn_blob_copy_diff_to",
             {{"blob", [this] { return cn_blob_copy_diff_to(nullptr, bottom_values_.data(), 6); }},
              {"destination", [this] { return cn_blob_copy_diff_to(blob_, nullptr, 6); }}}},
            {"cn_blob_diff",
             {{"blob", [this] { return cn_blob_diff(nullptr, &top_); }},
              {"tensor", [this] { return cn_blob_diff(blob_, nullptr); }}}},
            {"cn_blob_clear_diff", {{"blob", [] { return cn_blob_clear_diff(nullptr); }}}},
            {"cn_filler_init", {{"filler", [] { return cn_filler_init(nullptr); }}}},
            {"cn_blob_fill",
             {{"blob", [this] { return cn_blob_fill(nullptr, &filler_); }},
              {"filler", [this] { return cn_blob_fill(blob_, nullptr); }}}},
            {"cn_convolution_options_init", {{"options", [] { return cn_convolution_options_init(nullptr); }}}},
            {"cn_layer_create_convolution", creators(cn_layer_create_convolution, options())},
            {"cn_layer_create_deconvolution", creators(cn_layer_create_deconvolution, options())},
            {"cn_layer_create_im2col", creators(cn_layer_create_im2col, options())},
            {"cn_layer_create_bias",
             {{"layer", [this] { return cn_layer_create_bias(nullptr, device_, CN_FLOAT32, 1, 1); }},
              {"device", [this] { return cn_layer_create_bias(&made_layer_, nullptr, CN_FLOAT32, 1, 1); }}}},
            {"cn_layer_reshape",
             {{"layer", [this] { return cn_layer_reshape(nullptr, 4, shape()); }},
              {"shape", [this] { return cn_layer_reshape(layer_, 4, nullptr); }}}},
            {"cn_layer_top_shape",
             {{"layer", [this] { return cn_layer_top_shape(nullptr, extents_, 4, &rank_); }},
              {"shape", [this] { return cn_layer_top_shape(layer_, nullptr, 4, &rank_); }},
              {"rank", [this] { return cn_layer_top_shape(layer_, extents_, 4, nullptr); }}}},
            {"cn_layer_parameter_count",
             {{"layer", [this] { return cn_layer_parameter_count(nullptr, &rank_); }},
              {"count", [this] { return cn_layer_parameter_count(layer_, nullptr); }}}},
            {"cn_layer_parameter",
             {{"blob", [this] { return cn_layer_parameter(nullptr, layer_, 0); }},
              {"layer", [this] { return cn_layer_parameter(&made_blob_, nullptr, 0); }}}},
            {"cn_layer_set_parameter",
             {{"layer", [this] { return cn_layer_set_parameter(nullptr, 0, blob_); }},
              {"blob", [this] { return cn_layer_set_parameter(layer_, 0, nullptr); }}}},
            {"cn_layer_set_param_propagate_down",
             {{"layer", [] { return cn_layer_set_param_propagate_down(nullptr, 0, 1); }}}},
            {"cn_layer_clear_gradients", {{"layer", [] { return cn_layer_clear_gradients(nullptr); }}}},
            {"cn_layer_forward",
             {{"layer", [this] { return cn_layer_forward(nullptr, &bottom_, 1, &top_, 1); }},
              {"bottoms", [this] { return cn_layer_forward(layer_, nullptr, 1, &top_, 1); }},
              {"tops", [this] { return cn_layer_forward(layer_, &bottom_, 1, nullptr, 1); }}}},
            {"cn_layer_backward",
             {{"layer",
               [this] { return cn_layer_backward(nullptr, &top_diff_, 1, &bottom_, 1, &bottom_diff_, nullptr); }},
              {"top_diffs",
               [this] { return cn_layer_backward(layer_, nullptr, 1, &bottom_, 1, &bottom_diff_, nullptr); }},
              {"bottoms",
               [this] { return cn_layer_backward(layer_, &top_diff_, 1, nullptr, 1, &bottom_diff_, nullptr); }},
              {"bottom_diffs",
               [this] { return cn_layer_backward(layer_, &top_diff_, 1, &bottom_, 1, nullptr, &yes_); }}}},
            {"cn_layer_backward_from_tops",
             {{"layer", [this] { return backward_from_tops(nullptr, &top_diff_, &bottom_, &bottom_diff_); }},
              {"top_diffs", [this] { return backward_from_tops(layer_, nullptr, &bottom_, &bottom_diff_); }},
              {"bottoms", [this] { return backward_from_tops(layer_, &top_diff_, nullptr, &bottom_diff_); }},
              {"bottom_diffs", [this] { return backward_from_tops(layer_, &top_diff_, &bottom_, nullptr); }}}},
            {"cn_layer_get_plan",
             {{"layer", [this] { return cn_layer_get_plan(nullptr, &plan_); }},
              {"plan", [this] { return cn_layer_get_plan(layer_, nullptr); }}}},
        };
    }

    int32_t backward_from_tops(cn_layer* layer, const cn_tensor* top_diffs, const cn_tensor* bottoms,
                               const cn_tensor* bottom_diffs) const {
        return cn_layer_backward_from_tops(layer, &top_, top_diffs, 1, bottoms, 1, bottom_diffs, &yes_);
    }

    template <class Create>
    std::vector<Row> creators(Create create, const cn_convolution_options* options) {
        return {{"layer", [=, this] { return create(nullptr, device_, CN_FLOAT32, options); }},
                {"device", [=, this] { return create(&made_layer_, nullptr, CN_FLOAT32, options); }},
                {"options", [=, this] { return create(&made_layer_, device_, CN_FLOAT32, nullptr); }}};
    }

    const int64_t* shape() const { return bottom_shape_.data(); }

    cn_convolution_options options_ = convolution_options();
    cn_filler filler_ = sized<cn_filler>();
    cn_device_info info_ = sized<cn_device_info>();
    cn_layer_plan plan_ = sized<cn_layer_plan>();
    cn_device_memory memory_ = sized<cn_device_memory>();
    void* pointer_ = nullptr;
    cn_blob* made_blob_ = nullptr;
    cn_layer* made_layer_ = nullptr;
    int64_t number_ = 0, extents_[4] = {};
    int32_t rank_ = 0;
    const uint8_t yes_ = 1;
};

TEST_F(Null, is_refused_everywhere_by_name) {
    for (const auto& [function, rows] : table()) {
        for (const Row& row : rows) {
            SCOPED_TRACE(function + " without " + row.argument);
            made_blob_ = garbage<cn_blob>();
            made_layer_ = garbage<cn_layer>();
            expect_invalid(row.call(), row.argument, {row.argument});
            EXPECT_TRUE(made_blob_ == nullptr || made_blob_ == garbage<cn_blob>());
        }
    }
}

TEST_F(Null, handle_is_written_by_everything_that_creates_and_fails) {
    const auto check = [](const auto& create) {
        auto* handle = garbage<std::remove_pointer_t<std::remove_reference_t<decltype(*create.first)>>>();
        *create.first = handle;
        EXPECT_NE(create.second(), CN_OK);
        EXPECT_EQ(*create.first, nullptr);
    };
    using std::pair;
    const auto blob = [&](auto call) { check(pair<cn_blob**, decltype(call)>(&made_blob_, call)); };
    const auto layer = [&](auto call) { check(pair<cn_layer**, decltype(call)>(&made_layer_, call)); };
    blob([&] { return cn_blob_create(&made_blob_, nullptr, CN_FLOAT32, 4, shape()); });
    blob([&] { return cn_blob_create(&made_blob_, device_, 77, 4, shape()); });
    blob([&] { return cn_layer_parameter(&made_blob_, layer_, 2); });
    layer([&] { return cn_layer_create_convolution(&made_layer_, device_, CN_FLOAT32, nullptr); });
    layer([&] { return cn_layer_create_deconvolution(&made_layer_, device_, 77, &options_); });
    layer([&] { return cn_layer_create_im2col(&made_layer_, device_, CN_FLOAT32, &options_); });
    layer([&] { return cn_layer_create_bias(&made_layer_, device_, CN_FLOAT32, 1, -2); });
    cn_device* device = garbage<cn_device>();
    auto options = sized<cn_cpu_options>();
    options.threads = -1;
    EXPECT_NE(cn_device_create_cpu(&device, &options), CN_OK);
    EXPECT_EQ(device, nullptr);
}

TEST_F(Null, is_legal_where_the_headers_say_so) {
    expect_destroyed(cn_device_destroy(nullptr));
    expect_destroyed(cn_blob_destroy(nullptr));
    expect_destroyed(cn_layer_destroy(nullptr));
    expect_ok(cn_device_trim(device_, nullptr));
    expect_ok(cn_log_set_callback(nullptr, nullptr, CN_LOG_WARNING));
    cn_device* device = nullptr;
    expect_ok(cn_device_create_cpu(&device, nullptr));
    expect_destroyed(cn_device_destroy(device));
    expect_ok(cn_blob_create(&made_blob_, device_, CN_FLOAT32, 0, nullptr));
    expect_destroyed(cn_blob_destroy(made_blob_));
    expect_ok(cn_layer_backward(layer_, &top_diff_, 1, &bottom_, 1, nullptr, nullptr));
    expect_ok(cn_layer_backward(layer_, &top_diff_, 1, &bottom_, 1, &bottom_diff_, nullptr));
}

// Every function that the headers declare is in the table above, or takes no pointer that may not be NULL.
TEST_F(Null, table_has_every_function) {
    std::set<std::string> declared;
    for (const auto& header : std::filesystem::directory_iterator(CONVNET_HEADERS)) {
        std::ifstream in(header.path());
        for (std::string line; std::getline(in, line);) {
            if (line.starts_with("CN_API ")) {  // CN_API int32_t cn_version(...
                const std::size_t begin = line.find("cn_"), end = line.find('(', begin);
                ASSERT_NE(end, std::string::npos) << line;
                declared.insert(line.substr(begin, end - begin));
            }
        }
    }
    EXPECT_GE(declared.size(), 35U);
    std::set<std::string> tested{"cn_status_name",      "cn_last_error_message", "cn_last_error_argument",
                                 "cn_log_set_callback", "cn_device_destroy",     "cn_blob_destroy",
                                 "cn_layer_destroy"};
    for (const auto& [function, rows] : table()) {
        tested.insert(function);
    }
    EXPECT_EQ(tested, declared);
}

}  // namespace
