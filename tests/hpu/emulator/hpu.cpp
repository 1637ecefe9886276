// An emulated HPU: ordinary torch tensors whose device is "hpu" and whose work is done by the CPU.
//
// Stock torch knows the device type and the dispatch key but has no kernels for them. Habana's
// bridge registers its kernels there; so does this file, in its place. Every operation is noted in
// a ledger, which counts what costs time on a Gaudi: graphs, compilations, reads by the host.
// It says nothing about a Gaudi's arithmetic, speed or choice of operations.

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/EmptyTensor.h>
#include <ATen/NativeFunctions.h>
#include <ATen/detail/HPUHooksInterface.h>
#include <ATen/native/CPUFallback.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <malloc.h>
#include <torch/library.h>

#include <algorithm>
#include <map>
#include <string>
#include <unordered_set>
#include <vector>

using at::IntArrayRef;
using at::Tensor;
using Stack = torch::jit::Stack;

constexpr auto HPU = c10::DeviceType::HPU;
const c10::Device DEVICE(HPU, 0);

// ---------------------------------------------------------------------------------------------
// The ledger

struct Ledger {
  int64_t operations = 0;
  int64_t graphs = 0;         // pieces of work handed to the device
  int64_t compilations = 0;   // graphs of operations and shapes not seen before
  int64_t longest = 0;        // operations in the largest graph
  int64_t to_device = 0;      // copies from the host
  int64_t to_host = 0;        // copies to the host; each waits for the device
  int64_t items = 0;          // single numbers read by the host; each waits for the device
  int64_t marks = 0;          // mark_step calls in lazy mode
  std::map<std::string, int64_t> fallbacks;  // operations that are not on the accepted list

  bool lazy = false;
  std::unordered_set<std::string> accepted;

  int64_t pending = 0;        // operations in the graph being collected
  size_t signature = 0;       // of their names, shapes and types
  std::unordered_set<size_t> compiled;
  int depth = 0;              // above 0 inside a kernel, whose own operations do not count

  void hand_over() {
    if (pending > 0) {
      ++graphs;
      longest = std::max(longest, pending);
      compilations += compiled.insert(signature).second;
    }
    pending = 0;
    signature = 0;
  }

  void mix(size_t value) {
    signature ^= value + 0x9e3779b97f4a7c15ULL + (signature << 6) + (signature >> 2);
  }

  void note(const std::string& name, const std::vector<Tensor>& tensors) {
    if (depth > 0) return;
    ++operations;
    ++pending;
    if (!accepted.count(name)) ++fallbacks[name];
    mix(std::hash<std::string>{}(name));
    for (const Tensor& tensor : tensors) {
      for (int64_t side : tensor.sizes()) mix(static_cast<size_t>(side));
      mix(static_cast<size_t>(tensor.scalar_type()));
    }
    // Eager mode runs, and compiles, every operation by itself.
    if (!lazy) hand_over();
  }
};

Ledger ledger;

struct InsideKernel {
  InsideKernel() { ++ledger.depth; }
  ~InsideKernel() { --ledger.depth; }
};

void require_on_device(const std::string& name, const Tensor& tensor) {
  // Numbers wrapped as 0-d tensors may stay on the host, as on any accelerator.
  TORCH_CHECK(
      !tensor.is_cpu() || tensor.dim() == 0,
      "emulated hpu: ", name, " got a cpu tensor of shape ", tensor.sizes(), " among hpu tensors");
}

std::vector<Tensor> tensors_among(at::ArrayRef<c10::IValue> arguments) {
  std::vector<Tensor> found;
  auto keep = [&](const Tensor& tensor) {
    if (tensor.defined()) found.push_back(tensor);
  };
  for (const c10::IValue& value : arguments) {
    if (value.isTensor()) keep(value.toTensor());
    if (value.isTensorList())
      for (const Tensor& tensor : value.toTensorList()) keep(tensor);
    if (value.isOptionalTensorList())
      for (const std::optional<Tensor>& tensor : value.toOptionalTensorList())
        if (tensor) keep(*tensor);
  }
  return found;
}

void note_checked(const std::string& name, const std::vector<Tensor>& tensors) {
  for (const Tensor& tensor : tensors) require_on_device(name, tensor);
  ledger.note(name, tensors);
}

// ---------------------------------------------------------------------------------------------
// Memory and device

struct DeviceMemory final : c10::Allocator {
  static inline int64_t held = 0, peak = 0;

  c10::DataPtr allocate(size_t bytes) override {
    void* block = bytes ? std::aligned_alloc(64, (bytes + 63) / 64 * 64) : nullptr;
    if (block) held += malloc_usable_size(block);
    peak = std::max(peak, held);
    return {block, block, &release, DEVICE};
  }
  static void release(void* block) {
    if (block) held -= malloc_usable_size(block);
    std::free(block);
  }
  c10::DeleterFnPtr raw_deleter() const override { return &release; }
  void copy_data(void* to, const void* from, size_t bytes) const override {
    std::memcpy(to, from, bytes);
  }
} memory;

// One device with one stream on which everything is done at once.
struct Guard : c10::impl::NoOpDeviceGuardImpl<HPU> {
  using Stream = c10::Stream;
  c10::Device getDevice() const override { return DEVICE; }
  c10::Device exchangeDevice(c10::Device) const override { return DEVICE; }
  Stream getStream(c10::Device) const noexcept override { return only_stream(); }
  Stream getDefaultStream(c10::Device) const override { return only_stream(); }
  Stream exchangeStream(Stream) const noexcept override { return only_stream(); }
  void record(void**, const Stream&, const c10::DeviceIndex, const c10::EventFlag) const override {}
  void block(void*, const Stream&) const override {}
  static Stream only_stream() { return Stream(Stream::DEFAULT, DEVICE); }
};

struct HPUHooks : at::HPUHooksInterface {
  explicit HPUHooks(at::HPUHooksArgs) {}
  void init() const override {}
  bool hasHPU() const override { return true; }
  bool isBuilt() const override { return true; }
  bool isAvailable() const override { return true; }
  bool hasPrimaryContext(c10::DeviceIndex) const override { return true; }
  c10::Allocator* getPinnedMemoryAllocator() const override { return c10::GetAllocator(c10::kCPU); }
};

namespace at {
REGISTER_HPU_HOOKS(HPUHooks);
}
C10_REGISTER_GUARD_IMPL(HPU, Guard)
namespace c10 {
REGISTER_ALLOCATOR(HPU, &memory);
}

at::ScalarType supported(std::optional<at::ScalarType> asked) {
  const auto dtype = c10::dtype_or_default(asked);
  TORCH_CHECK(dtype != at::kDouble, "emulated hpu: there is no float64 on the device");
  return dtype;
}

const c10::DispatchKeySet HPU_KEYS(c10::DispatchKey::HPU);

Tensor empty(IntArrayRef sizes, std::optional<at::ScalarType> dtype, std::optional<at::Layout>,
             std::optional<at::Device>, std::optional<bool>,
             std::optional<at::MemoryFormat> format) {
  return at::detail::empty_generic(sizes, &memory, HPU_KEYS, supported(dtype), format);
}

Tensor empty_strided(IntArrayRef sizes, IntArrayRef strides, std::optional<at::ScalarType> dtype,
                     std::optional<at::Layout>, std::optional<at::Device>, std::optional<bool>) {
  return at::detail::empty_strided_generic(sizes, strides, &memory, HPU_KEYS, supported(dtype));
}

// ---------------------------------------------------------------------------------------------
// Between device and host

// The same memory seen as a CPU tensor.
Tensor on_host(const Tensor& tensor) {
  if (tensor.is_cpu()) return tensor;
  auto storage = tensor.storage();
  c10::Storage alias(c10::Storage::use_byte_size_t(), storage.nbytes(),
                     c10::DataPtr(storage.mutable_data(), c10::kCPU), nullptr, false);
  const c10::DispatchKeySet cpu_keys(c10::DispatchKey::CPU);
  return at::detail::make_tensor<c10::TensorImpl>(std::move(alias), cpu_keys, tensor.dtype())
      .as_strided(tensor.sizes(), tensor.strides(), tensor.storage_offset());
}

void count_copy(const Tensor& from, const Tensor& to) {
  if (ledger.depth > 0) return;
  if (from.is_cpu()) {
    ++ledger.to_device;
  } else if (to.is_cpu()) {
    ledger.hand_over();
    ++ledger.to_host;
  } else {
    ledger.note("aten::_copy_from", {from, to});
  }
}

Tensor copy_from(const Tensor& from, const Tensor& to, bool /*non_blocking*/) {
  at::NoGradGuard no_grad;
  count_copy(from, to);
  on_host(to).copy_(on_host(from));
  return to;
}

Tensor copy_from_and_resize(const Tensor& from, const Tensor& to) {
  to.resize_(from.sizes());
  return copy_from(from, to, false);
}

at::Scalar read_item(const Tensor& tensor) {
  if (ledger.depth == 0) {
    ledger.hand_over();
    ++ledger.items;
  }
  return on_host(tensor).item();
}

// ---------------------------------------------------------------------------------------------
// Work

Tensor to_device(const Tensor& result) { return result.defined() ? result.to(DEVICE) : result; }

Tensor convolution(const Tensor& input, const Tensor& weight, const std::optional<Tensor>& bias,
                   IntArrayRef stride, IntArrayRef padding, IntArrayRef dilation, bool transposed,
                   IntArrayRef output_padding, int64_t groups) {
  const bool biased = bias && bias->defined();
  std::vector<Tensor> tensors{input, weight};
  if (biased) tensors.push_back(*bias);
  note_checked("aten::convolution", tensors);
  InsideKernel inside;
  const auto host_bias = biased ? std::optional<Tensor>(on_host(*bias)) : std::nullopt;
  return to_device(at::convolution(on_host(input), on_host(weight), host_bias, stride, padding,
                                   dilation, transposed, output_padding, groups));
}

std::tuple<Tensor, Tensor, Tensor> convolution_backward(
    const Tensor& gradient, const Tensor& input, const Tensor& weight, IntArrayRef stride,
    IntArrayRef padding, IntArrayRef dilation, bool transposed, IntArrayRef output_padding,
    int64_t groups, std::array<bool, 3> wanted) {
  note_checked("aten::convolution_backward", {gradient, input, weight});
  InsideKernel inside;
  const int64_t outputs = weight.size(transposed ? 1 : 0) * (transposed ? groups : 1);
  auto [input_gradient, weight_gradient, bias_gradient] = at::convolution_backward(
      on_host(gradient), on_host(input), on_host(weight), IntArrayRef(outputs), stride, padding,
      dilation, transposed, output_padding, groups, wanted);
  return {to_device(input_gradient), to_device(weight_gradient), to_device(bias_gradient)};
}

// A Gaudi has a generator of its own, which gives other numbers than the host's.
at::Generator device_generator = at::detail::createCPUGenerator(67280421310721);

void draw_from_device_generator(const c10::FunctionSchema& schema, Stack* stack) {
  const size_t count = schema.arguments().size();
  for (size_t i = 0; i < count; ++i) {
    auto& value = (*stack)[stack->size() - count + i];
    if (schema.arguments()[i].name() == "generator" && value.isNone()) value = device_generator;
  }
}

// Every operation without a kernel above: copied to the CPU, done there, copied back.
void on_cpu(const c10::OperatorHandle& operation, Stack* stack) {
  const auto& schema = operation.schema();
  const auto arguments = torch::jit::last(*stack, schema.arguments().size());
  note_checked(schema.name(), tensors_among(arguments));
  draw_from_device_generator(schema, stack);
  InsideKernel inside;
  at::native::cpu_fallback(operation, stack);
}

Tensor view(const Tensor& tensor, c10::SymIntArrayRef sizes) {
  return at::native::view(tensor, C10_AS_INTARRAYREF_SLOW(sizes));
}

Tensor& set_storage_part(Tensor& tensor, at::Storage storage, int64_t offset, IntArrayRef sizes,
                         IntArrayRef strides) {
  return at::native::set_storage_cpu_(tensor, std::move(storage), offset, sizes, strides);
}

Tensor& set_storage(Tensor& tensor, at::Storage storage) {
  return at::native::set_(tensor, std::move(storage));
}

TORCH_LIBRARY_IMPL(_, HPU, library) {
  library.fallback(torch::CppFunction::makeFromBoxedFunction<&on_cpu>());
}

TORCH_LIBRARY_IMPL(_, AutocastHPU, library) {
  library.fallback(torch::CppFunction::makeFallthrough());
}

TORCH_LIBRARY_IMPL(aten, HPU, library) {
  library.impl("empty.memory_format", empty);
  library.impl("empty_strided", empty_strided);
  library.impl("_copy_from", copy_from);
  library.impl("_copy_from_and_resize", copy_from_and_resize);
  library.impl("_local_scalar_dense", read_item);
  library.impl("convolution_overrideable", convolution);
  library.impl("convolution_backward_overrideable", convolution_backward);
  // Views move no data and are no work for the device.
  library.impl("as_strided", at::native::as_strided_tensorimpl);
  library.impl("_reshape_alias", at::native::_reshape_alias);
  library.impl("resize_", at::native::resize_);
  library.impl("unfold", at::native::unfold);
  library.impl("view", view);
  library.impl("set_.source_Storage_storage_offset", set_storage_part);
  library.impl("set_.source_Storage", set_storage);
}

// ---------------------------------------------------------------------------------------------
// What the Python side asks

void mark_step() {
  ++ledger.marks;
  ledger.hand_over();
}

std::vector<int64_t> counters() {
  int64_t fallbacks = 0;
  for (const auto& [name, count] : ledger.fallbacks) fallbacks += count;
  return {ledger.operations, ledger.graphs, ledger.compilations, ledger.longest, ledger.to_device,
          ledger.to_host, ledger.items, ledger.marks, fallbacks, DeviceMemory::peak};
}

std::vector<std::string> fallbacks() {
  std::vector<std::string> names;
  for (const auto& [name, count] : ledger.fallbacks) names.push_back(name);
  return names;
}

TORCH_LIBRARY(hpu_emulator, library) {
  library.def("set_lazy(bool lazy) -> ()", [](bool lazy) { ledger.lazy = lazy; });
  library.def("accept(str[] names) -> ()", [](std::vector<std::string> names) {
    ledger.accepted.insert(names.begin(), names.end());
  });
  library.def("mark_step() -> ()", mark_step);
  library.def("seed(int value) -> ()", [](int64_t value) {
    device_generator.set_current_seed(static_cast<uint64_t>(value) ^ 0x48505500);
  });
  library.def("counters() -> int[]", counters);
  library.def("fallbacks() -> str[]", fallbacks);
}
