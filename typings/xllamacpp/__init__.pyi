# The part of xllamacpp that Corridor uses; the package has no types of its own.
class CommonParamsModel:
    path: str

class CpuParams:
    n_threads: int

class CommonParams:
    model: CommonParamsModel
    cpuparams: CpuParams
    cpuparams_batch: CpuParams
    n_ctx: int
    n_parallel: int
    warmup: bool
    verbosity: int
    ui: bool
    api_keys: list[str]

class Server:
    listening_address: str
    def __init__(self, params: CommonParams) -> None: ...
