"""Records what torch.optim.AdamW and clip_grad_norm_ do, for optimizer.test.ts.

    python3 optimizer-trace.py > optimizer-trace.json

Gradients are of very different size, some are zero all along, and the fifth step's are long enough
to be clipped. The numbers in the file come from torch 1.13 (Debian's python3-torch).
"""
import json
import torch

LEARNING_RATE, STEPS, MAX_NORM = 0.05, 8, 1.0
OPTIONS = {"betas": [0.9, 0.999], "eps": 1e-8, "weight_decay": 0.01}

torch.manual_seed(1)
parameters = {
    "matrix": torch.randn(3, 4),
    "tiny": torch.randn(5) * 1e-3,
    "still": torch.ones(3),
    "single": torch.tensor([2.5]),
}
for parameter in parameters.values():
    parameter.requires_grad_()
optimizer = torch.optim.AdamW(parameters.values(), lr=LEARNING_RATE, **OPTIONS)


def values(tensors):
    return {name: tensor.detach().flatten().tolist() for name, tensor in tensors.items()}


trace = {"torch": torch.__version__, "options": OPTIONS, "max_norm": MAX_NORM}
trace["before"] = values(parameters)
trace["steps"] = []
for step in range(STEPS):
    size = 40.0 if step == 4 else 0.2
    gradients = {
        "matrix": torch.randn(3, 4) * size,
        "tiny": torch.randn(5) * 1e-9,
        "still": torch.zeros(3),
        "single": torch.randn(1) * 0.3,
    }
    for name, parameter in parameters.items():
        parameter.grad = gradients[name].clone()
    rate = LEARNING_RATE * (1 - step / STEPS)
    for group in optimizer.param_groups:
        group["lr"] = rate
    norm = torch.nn.utils.clip_grad_norm_(list(parameters.values()), MAX_NORM)
    optimizer.step()
    trace["steps"].append(
        {
            "learning_rate": rate,
            "gradients": values(gradients),
            "norm": norm.item(),
            "after": values(parameters),
            "m": values({n: optimizer.state[p]["exp_avg"] for n, p in parameters.items()}),
            "v": values({n: optimizer.state[p]["exp_avg_sq"] for n, p in parameters.items()}),
        }
    )
print(json.dumps(trace))
