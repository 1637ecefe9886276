"""torch.compile on the emulated HPU, with a stand-in for the bridge's compiler."""

import torch
from emulated import answer, largest_difference, stepper, train

from dcgan_core.errors import UserError

COMPILED = {"train.compile": True}
graphs = []


def hpu_backend(graph, inputs):
    """Runs the graph as it is; what is tested is what reaches the compiler."""
    graphs.append({tensor.device.type for tensor in inputs if isinstance(tensor, torch.Tensor)})
    return graph.forward


def main() -> dict:
    torch._dynamo.register_backend(hpu_backend, name="hpu_backend")
    plain = train(stepper("hpu"), 3)
    try:
        training = stepper("hpu", COMPILED)
    except UserError as error:
        return {"refusal": str(error)}
    compiled = train(training, 3)
    return {
        "difference": largest_difference(plain, compiled),
        "graphs": len(graphs),
        "devices": sorted(set().union(*graphs)),
        "names": list(training.generator.state_dict())
        == list(stepper("cpu").generator.state_dict()),
    }


answer(main())
