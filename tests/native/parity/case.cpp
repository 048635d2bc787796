#include "parity/case.hpp"

#include <charconv>
#include <fstream>
#include <iterator>
#include <map>
#include <ostream>
#include <set>
#include <sstream>
#include <stdexcept>

#include "testing/fnv.hpp"

namespace parity {
namespace {

using Fields = std::map<std::string, std::string>;

std::int64_t to_number(const std::string& text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) {
        throw std::runtime_error("not a number: " + text);
    }
    return value;
}

std::vector<std::int64_t> to_numbers(const std::string& text, char separator) {
    std::vector<std::int64_t> values;
    std::istringstream in(text);
    for (std::string part; std::getline(in, part, separator);) {
        values.push_back(to_number(part));
    }
    return values;
}

Fields split(const std::string& line) {
    Fields fields;
    std::istringstream in(line);
    for (std::string word; in >> word;) {
        const std::size_t equals = word.find('=');
        if (equals == std::string::npos || !fields.emplace(word.substr(0, equals), word.substr(equals + 1)).second) {
            throw std::runtime_error("not a new key=value: " + word);
        }
    }
    return fields;
}

template <class Value>
Value choose(const std::string& text, const std::map<std::string, Value>& choices) {
    const auto found = choices.find(text);
    if (found == choices.end()) {
        throw std::runtime_error("unknown value: " + text);
    }
    return found->second;
}

bool to_bool(const std::string& text) { return choose<bool>(text, {{"0", false}, {"1", true}}); }

void set_frozen(Case& c, const std::string& text) {
    c.weights_frozen = text.find('w') != std::string::npos;
    c.bias_frozen = text.find('b') != std::string::npos;
}

void set_propagate(Case& c, const std::string& text) {
    for (const char digit : text) {
        c.propagate.push_back(to_bool(std::string(1, digit)) ? 1 : 0);
    }
}

void set_engines(Case& c, const std::string& text) {
    c.engines.clear();
    std::istringstream in(text);
    for (std::string engine; std::getline(in, engine, ',');) {
        c.engines.push_back(choose<std::string>(engine, {{"auto", "auto"}, {"gemm", "gemm"}, {"direct", "direct"}}));
    }
}

void set(Case& c, const std::string& key, const std::string& value) {
    const std::map<std::string, std::int64_t*> numbers{
        {"out", &c.num_output},    {"group", &c.group},       {"kernel_h", &c.kernel_h},
        {"kernel_w", &c.kernel_w}, {"stride_h", &c.stride_h}, {"stride_w", &c.stride_w},
        {"pad_h", &c.pad_h},       {"pad_w", &c.pad_w},       {"workspace", &c.workspace}};
    const std::map<std::string, int*> small_numbers{
        {"axis", &c.axis}, {"bottoms", &c.bottoms}, {"calls", &c.calls}, {"threads", &c.threads}};
    const std::map<std::string, std::vector<std::int64_t>*> lists{
        {"kernel", &c.kernel}, {"stride", &c.stride}, {"pad", &c.pad}, {"dilation", &c.dilation}};
    const std::map<std::string, bool*> flags{{"bias", &c.bias}, {"force_nd", &c.force_nd}};
    if (const auto number = numbers.find(key); number != numbers.end()) {
        *number->second = to_number(value);
    } else if (const auto small = small_numbers.find(key); small != small_numbers.end()) {
        *small->second = static_cast<int>(to_number(value));
    } else if (const auto list = lists.find(key); list != lists.end()) {
        *list->second = to_numbers(value, ',');
    } else if (const auto flag = flags.find(key); flag != flags.end()) {
        *flag->second = to_bool(value);
    } else if (key == "name") {
        c.name = value;
    } else if (key == "layer") {
        c.layer = choose<LayerKind>(
            value,
            {{"conv", LayerKind::convolution}, {"deconv", LayerKind::deconvolution}, {"im2col", LayerKind::im2col}});
    } else if (key == "dtype") {
        c.is_double = choose<bool>(value, {{"f32", false}, {"f64", true}});
    } else if (key == "shape") {
        c.shape = to_numbers(value, 'x');
    } else if (key == "then") {
        c.then = to_numbers(value, 'x');
    } else if (key == "frozen") {
        set_frozen(c, value);
    } else if (key == "propagate") {
        set_propagate(c, value);
    } else if (key == "engines") {
        set_engines(c, value);
    } else if (key == "fill") {
        using testing_support::Fill;
        c.fill = choose<Fill>(value, {{"integer", Fill::integer}, {"random", Fill::random}});
    } else if (key == "slope") {
        c.slope = std::stof(value);
    } else if (key == "seed") {
        c.seed = static_cast<std::uint64_t>(to_number(value));
    } else {
        throw std::runtime_error("unknown key: " + key);
    }
}

Case to_case(const std::string& line) {
    const Fields fields = split(line);
    for (const char* needed : {"name", "layer", "dtype", "shape", "fill", "seed"}) {
        if (!fields.contains(needed)) {
            throw std::runtime_error(std::string("missing key: ") + needed);
        }
    }
    Case result;
    for (const auto& [key, value] : fields) {
        set(result, key, value);
    }
    if (result.has_parameters() && !fields.contains("engines")) {
        result.engines = {"auto", "gemm"};
    }
    return result;
}

/// One value per spatial axis, from whichever form was given.
std::vector<std::int64_t> per_axis(const std::vector<std::int64_t>& given, std::int64_t h, std::int64_t w,
                                   std::int64_t missing, std::size_t axes) {
    if (h != 0 || w != 0) {
        return {h, w};
    }
    if (given.size() == axes && axes > 1) {
        return given;
    }
    return std::vector<std::int64_t>(axes, given.empty() ? missing : given[0]);
}

}  // namespace

std::vector<std::vector<std::int64_t>> Case::steps() const {
    std::vector<std::vector<std::int64_t>> result{shape};
    if (!then.empty()) {
        result.push_back(then);
    }
    return result;
}

reference::Problem Case::problem(const std::vector<std::int64_t>& bottom) const {
    const auto channel = static_cast<std::size_t>(axis < 0 ? axis + static_cast<int>(bottom.size()) : axis);
    reference::Problem p;
    for (std::size_t i = 0; i < channel; ++i) {
        p.batch *= bottom[i];
    }
    p.channels = bottom[channel];
    p.num_output = num_output;
    p.group = group;
    p.in.assign(bottom.begin() + static_cast<std::ptrdiff_t>(channel) + 1, bottom.end());
    p.kernel = per_axis(kernel, kernel_h, kernel_w, 1, p.in.size());
    p.stride = per_axis(stride, stride_h, stride_w, 1, p.in.size());
    p.pad = per_axis(pad, pad_h, pad_w, 0, p.in.size());
    p.dilation = per_axis(dilation, 0, 0, 1, p.in.size());
    p.out = layer == LayerKind::deconvolution ? reference::deconvolution_out(p) : reference::convolution_out(p);
    return p;
}

std::vector<std::int64_t> Case::top_shape(const std::vector<std::int64_t>& bottom) const {
    const reference::Problem p = problem(bottom);
    std::vector<std::int64_t> top(bottom.begin(), bottom.end() - static_cast<std::ptrdiff_t>(p.in.size()) - 1);
    top.push_back(has_parameters() ? num_output : p.channels * p.taps());
    top.insert(top.end(), p.out.begin(), p.out.end());
    return top;
}

std::int64_t Case::weights_count() const {
    const reference::Problem p = problem(shape);
    return p.channels * p.num_output / p.group * p.taps();
}

std::int64_t count(const std::vector<std::int64_t>& shape) {
    std::int64_t product = 1;
    for (const std::int64_t extent : shape) {
        product *= extent;
    }
    return product;
}

std::vector<Case> read_cases(const std::string& path) {
    std::ifstream in(path);
    if (!in) {
        throw std::runtime_error("cannot read " + path);
    }
    std::vector<Case> cases;
    std::set<std::string> names;
    int number = 0;
    for (std::string line; std::getline(in, line);) {
        ++number;
        if (line.empty() || line[0] == '#') {
            continue;
        }
        try {
            cases.push_back(to_case(line));
            if (!names.insert(cases.back().name).second) {
                throw std::runtime_error("the name is taken: " + cases.back().name);
            }
        } catch (const std::runtime_error& error) {
            throw std::runtime_error(path + ":" + std::to_string(number) + ": " + error.what());
        }
    }
    return cases;
}

std::uint64_t file_hash(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) {
        throw std::runtime_error("cannot read " + path);
    }
    const std::vector<char> bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    testing_support::Fnv1a hash;
    hash.add(std::span<const char>(bytes));
    return hash.value();
}

std::ostream& operator<<(std::ostream& out, const Case& shown) { return out << shown.name; }

}  // namespace parity
