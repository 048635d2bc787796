#include "parity/golden.hpp"

#include <array>
#include <bit>
#include <fstream>
#include <stdexcept>

namespace parity {
namespace {

static_assert(std::endian::native == std::endian::little, "the file is little-endian");

constexpr std::array<char, 8> magic{'C', 'N', 'G', 'O', 'L', 'D', '0', '1'};

template <class T>
void write(std::ostream& out, const T* values, std::size_t count) {
    out.write(reinterpret_cast<const char*>(values), static_cast<std::streamsize>(count * sizeof(T)));
}

void write_number(std::ostream& out, std::uint64_t value) { write(out, &value, 1); }

template <class T>
void read(std::istream& in, T* values, std::size_t count) {
    in.read(reinterpret_cast<char*>(values), static_cast<std::streamsize>(count * sizeof(T)));
    if (!in) {
        throw std::runtime_error("the golden file is cut short");
    }
}

std::uint64_t read_number(std::istream& in) {
    std::uint64_t value = 0;
    read(in, &value, 1);
    return value;
}

}  // namespace

void write_golden(const std::string& path, const GoldenFile& file) {
    std::ofstream out(path, std::ios::binary);
    write(out, magic.data(), magic.size());
    write_number(out, file.cases_hash);
    write_number(out, file.cases.size());
    for (const auto& [name, tensors] : file.cases) {
        write_number(out, name.size());
        write(out, name.data(), name.size());
        write_number(out, tensors.size());
        for (const GoldenTensor& tensor : tensors) {
            write_number(out, tensor.value.size());
            write_number(out, tensor.terms);
            write(out, tensor.value.data(), tensor.value.size());
            write(out, tensor.magnitude.data(), tensor.magnitude.size());
        }
    }
    if (!out.flush()) {
        throw std::runtime_error("cannot write " + path);
    }
}

GoldenFile read_golden(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::array<char, 8> start{};
    if (!in || (read(in, start.data(), start.size()), start != magic)) {
        throw std::runtime_error("no golden file at " + path + "; parity_reference writes it");
    }
    GoldenFile file;
    file.cases_hash = read_number(in);
    for (std::uint64_t cases = read_number(in); cases > 0; --cases) {
        std::string name(read_number(in), ' ');
        read(in, name.data(), name.size());
        std::vector<GoldenTensor> tensors(read_number(in));
        for (GoldenTensor& tensor : tensors) {
            tensor.value.resize(read_number(in));
            tensor.terms = read_number(in);
            tensor.magnitude.resize(tensor.value.size());
            read(in, tensor.value.data(), tensor.value.size());
            read(in, tensor.magnitude.data(), tensor.magnitude.size());
        }
        file.cases.emplace(std::move(name), std::move(tensors));
    }
    return file;
}

}  // namespace parity
