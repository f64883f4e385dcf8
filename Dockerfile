FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
COPY . .
RUN dotnet publish src/Sparsum.Cli -c Release -o /app

FROM mcr.microsoft.com/dotnet/runtime:10.0
COPY --from=build /app /app
# The images' own user, who is not root. Models and results are in what is mounted at /data.
USER $APP_UID
WORKDIR /data
ENTRYPOINT ["dotnet", "/app/sparsum.dll"]
